/** Where the ends of asynchronous events go: SQS and S3, wherever AWS_ENDPOINT_URL_SQS and _S3 lead. */
import { randomUUID } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { BUCKET_ARN, QUEUE_ARN } from './destination-arn.js';
import { destinationRecord } from './destination-record.js';
export class Destinations {
  #region;
  #truth;
  /** by region: a queue is reached in its own */
  #sqs = new Map();
  #queueUrls = new Map();
  #s3 = null;
  #isClosed = false;
  constructor(region, truth) {
    this.#region = region;
    this.#truth = truth;
  }
  /** Does not wait for the delivery. As in Lambda, a record that cannot be delivered is lost. */
  conclude(end, arn) {
    const { truth, requestId } = end.invocation;
    const known = this.#truth.addEnd(truth, end.condition, arn);
    if (arn === null) return;
    this.#deliver(end, arn).then(
      () => this.#truth.delivered(truth, known, true),
      (error) => {
        if (this.#isClosed) return;
        this.#truth.delivered(truth, known, false);
        console.error(`The record of ${requestId} cannot be delivered to ${arn}: ${error.message}`);
      },
    );
  }
  async #deliver(end, arn) {
    const body = JSON.stringify(destinationRecord(end, this.#region));
    const bucket = BUCKET_ARN.exec(arn)?.groups?.['bucket'];
    const { name } = end.invocation.settings;
    if (bucket === undefined) await this.#sendMessage(arn, body);
    else await this.#put(bucket, recordKey(name, new Date()), body);
  }
  close() {
    this.#isClosed = true;
    this.#s3?.destroy();
    for (const client of this.#sqs.values()) client.destroy();
  }
  async #put(bucket, key, body) {
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
  async #sendMessage(arn, body) {
    const { region = '', account = '', queue = '' } = QUEUE_ARN.exec(arn)?.groups ?? {};
    const client = this.#sqs.get(region) ?? new SQSClient({ region });
    this.#sqs.set(region, client);
    const asked = this.#queueUrls.get(arn) ?? findQueue(client, queue, account);
    this.#queueUrls.set(arn, asked);
    // A queue that is made later is found by the next record.
    const url = await asked.catch((error) => {
      this.#queueUrls.delete(arn);
      throw error;
    });
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
  }
}
async function findQueue(client, queue, account) {
  const { QueueUrl = '' } = await client.send(
    new GetQueueUrlCommand({ QueueName: queue, QueueOwnerAWSAccountId: account }),
  );
  return QueueUrl;
}
/** Look-alikes of S3 have no bucket in their host name, and not all know the SDK's checksums. */
function createS3Client(region) {
  const isCustom = process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  return new S3Client({
    region,
    ...(isCustom && { forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' }),
  });
}
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#create-dest */
function recordKey(functionName, at) {
  const [date = '', time = ''] = at.toISOString().slice(0, 19).split('T');
  const second = `${date}T${time.replaceAll(':', '.')}`;
  return `aws/lambda/async/${functionName}/${date.replaceAll('-', '/')}/${second}-${randomUUID()}`;
}
//# sourceMappingURL=destinations.js.map
