/** Sends the records of ended events to SQS and S3, at AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_S3 if set. */
import { randomUUID } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  GetQueueUrlCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { TruthRecord } from '../faults/truth-record.ts';
import type { EventEnd } from '../model.ts';
import { BUCKET_ARN, QUEUE_ARN } from './destination-arn.ts';
import { deadLetterAttributes, destinationRecord } from './destination-record.ts';

export class Destinations {
  readonly #region: string;
  readonly #truth: TruthRecord;
  /** by region, because the client must be in the region of the queue */
  readonly #sqs = new Map<string, SQSClient>();
  readonly #queueUrls = new Map<string, Promise<string>>();
  #s3: S3Client | null = null;
  #isClosed = false;

  constructor(region: string, truth: TruthRecord) {
    this.#region = region;
    this.#truth = truth;
  }

  /** Returns without waiting for the delivery. As in Lambda, a record that cannot be delivered is lost. */
  send(end: EventEnd, arn: string | null): void {
    const { truth, requestId } = end.invocation;
    const truthEnd = this.#truth.addEnd(truth, end.condition, arn);
    if (arn === null) return;
    this.#deliver(end, arn).then(
      () => this.#truth.recordDelivery(truth, truthEnd, true),
      (error: Error) => {
        if (this.#isClosed) return;
        this.#truth.recordDelivery(truth, truthEnd, false);
        console.error(`The record of ${requestId} cannot be delivered to ${arn}: ${error.message}`);
      },
    );
  }

  /**
   * The dead-letter queue gets the event itself. The attributes of the message contain the reason for the failure:
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
   */
  sendDeadLetter(end: EventEnd, arn: string): void {
    const { requestId, payload, traceHeader } = end.invocation;
    this.#sendMessage(arn, payload.toString(), traceAttribute(traceHeader), deadLetterAttributes(end)).catch(
      (error: Error) => {
        if (this.#isClosed) return;
        console.error(`The event ${requestId} cannot be delivered to ${arn}: ${error.message}`);
      },
    );
  }

  async #deliver(end: EventEnd, arn: string): Promise<void> {
    const body = JSON.stringify(destinationRecord(end, this.#region));
    const bucket = BUCKET_ARN.exec(arn)?.groups?.['bucket'];
    const { name } = end.invocation.settings;
    if (bucket === undefined) await this.#sendMessage(arn, body, traceAttribute(end.invocation.traceHeader));
    else await this.#put(bucket, recordKey(name, new Date()), body);
  }

  close(): void {
    this.#isClosed = true;
    this.#s3?.destroy();
    for (const client of this.#sqs.values()) client.destroy();
  }

  async #put(bucket: string, key: string, body: string): Promise<void> {
    this.#s3 ??= createS3Client(this.#region);
    await this.#s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: 'application/octet-stream',
      }),
    );
  }

  async #sendMessage(
    arn: string,
    body: string,
    MessageSystemAttributes: SendMessageCommandInput['MessageSystemAttributes'],
    MessageAttributes?: SendMessageCommandInput['MessageAttributes'],
  ): Promise<void> {
    const { region = '', account = '', queue = '' } = QUEUE_ARN.exec(arn)?.groups ?? {};
    const client = this.#sqs.get(region) ?? new SQSClient({ region });
    this.#sqs.set(region, client);
    const lookup = this.#queueUrls.get(arn) ?? findQueue(client, queue, account);
    this.#queueUrls.set(arn, lookup);
    // The next record looks up the queue again, because the queue may be created in the meantime.
    const url = await lookup.catch((error: unknown) => {
      this.#queueUrls.delete(arn);
      throw error;
    });
    await client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: body,
        MessageSystemAttributes,
        MessageAttributes,
      }),
    );
  }
}

/**
 * Recordings on AWS show that the messages have the trace header of the event, sampled or not.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
function traceAttribute(header: string | undefined): SendMessageCommandInput['MessageSystemAttributes'] {
  return header === undefined ? undefined : { AWSTraceHeader: { DataType: 'String', StringValue: header } };
}

async function findQueue(client: SQSClient, queue: string, account: string): Promise<string> {
  const { QueueUrl = '' } = await client.send(
    new GetQueueUrlCommand({ QueueName: queue, QueueOwnerAWSAccountId: account }),
  );
  return QueueUrl;
}

/** S3 stand-ins need the bucket in the path, and not all support the SDK's checksums. */
function createS3Client(region: string): S3Client {
  const isCustom = process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  return new S3Client({
    region,
    ...(isCustom && { forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' }),
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#create-dest */
function recordKey(functionName: string, at: Date): string {
  const [date = '', time = ''] = at.toISOString().slice(0, 19).split('T');
  const second = `${date}T${time.replaceAll(':', '.')}`;
  return `aws/lambda/async/${functionName}/${date.replaceAll('-', '/')}/${second}-${randomUUID()}`;
}
