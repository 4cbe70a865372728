/** One SQS queue. Every method throws BridgeError, which says what to grant or create. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { BridgeError, Unavailable } from '../domain/errors.ts';
import { type AwsError, isAccessDenied, isPassing, readAwsError } from './aws-error.ts';

export interface QueueMessage {
  id: string;
  /** identifies this receipt, for deleting or postponing the message */
  receipt: string;
  body: string;
  /** the attributes of the message, and under `AWSTraceHeader` the X-Ray header of its sender */
  attributes: Record<string, string>;
  /** how many times the message was received, including this time; SQS calls the number approximate */
  receives: number;
}

/**
 * Messages per request and seconds per long poll: the most that SQS allows.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 */
const BATCH = 10;
const POLL_SECONDS = 20;
/**
 * How long a message is hidden while the bridge settles it. The queue's own setting may be 0: then SQS would send it
 * again at once.
 */
const HIDDEN_SECONDS = 30;

/**
 * A system attribute, which SQS returns separately from the attributes of the message:
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
 */
const TRACE_HEADER = 'AWSTraceHeader';

export class Queue {
  readonly url: string;
  readonly #client: SQSClient;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.url = url;
  }

  /**
   * Receives up to 10 messages, waits if there are none, and hides them from other receivers for 30 s. If it is
   * aborted, it returns no messages. Messages that SQS had already hidden are received again later.
   */
  async receive(signal: AbortSignal, waitSeconds = POLL_SECONDS): Promise<QueueMessage[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.url,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: HIDDEN_SECONDS,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['ApproximateReceiveCount', TRACE_HEADER],
    });
    try {
      const { Messages = [] } = await this.#client.send(command, { abortSignal: signal });
      return Messages.map(toMessage);
    } catch (error) {
      if (signal.aborted) return [];
      throw this.#error(error, 'receive from', 'sqs:ReceiveMessage');
    }
  }

  /** Deletes messages. One that could not be deleted is received again. */
  async delete(messages: readonly QueueMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const Entries = messages.map(({ receipt }, at) => ({ Id: String(at), ReceiptHandle: receipt }));
    try {
      await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries }));
    } catch (error) {
      throw this.#error(error, 'delete from', 'sqs:DeleteMessage');
    }
  }

  /** Hides a message from all receivers for this many seconds. */
  async postpone({ receipt }: QueueMessage, seconds: number): Promise<void> {
    const input = { QueueUrl: this.url, ReceiptHandle: receipt, VisibilityTimeout: seconds };
    try {
      await this.#client.send(new ChangeMessageVisibilityCommand(input));
    } catch (error) {
      throw this.#error(error, 'postpone a message of', 'sqs:ChangeMessageVisibility');
    }
  }

  #error(thrown: unknown, action: string, needs: string): BridgeError {
    const error = readAwsError(thrown);
    const failed = (sentence: string) => new BridgeError('queue_failed', 502, sentence, { cause: thrown });
    if (isMissing(error))
      return failed(
        `The queue ${this.url} does not exist. Create it, or correct its URL in the function policy.`,
      );
    if (isAccessDenied(error))
      return failed(
        `The bridge may not ${action} ${this.url}. Grant its role ${needs} on it. AWS says: ${error.message}.`,
      );
    if (isPassing(error))
      return new Unavailable(
        'queue_unavailable',
        `SQS could not be reached to ${action} ${this.url}: ${error.message}.`,
        thrown,
      );
    return failed(`SQS refused to ${action} ${this.url}: ${error.name}: ${error.message}.`);
  }
}

/** Whether the queue does not exist. The name of this error depends on which of SQS's two protocols is used. */
function isMissing({ name }: AwsError): boolean {
  return name === 'QueueDoesNotExist' || name.endsWith('NonExistentQueue');
}

function toMessage(message: Message): QueueMessage {
  const attributes = Object.entries(message.MessageAttributes ?? {});
  const traceHeader = message.Attributes?.[TRACE_HEADER];
  return {
    id: message.MessageId ?? '',
    receipt: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ...Object.fromEntries(
        attributes.flatMap(([name, { StringValue }]) =>
          StringValue === undefined ? [] : [[name, StringValue]],
        ),
      ),
      ...(traceHeader === undefined ? {} : { [TRACE_HEADER]: traceHeader }),
    },
    receives: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
  };
}
