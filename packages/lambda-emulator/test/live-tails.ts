/** Live Tail sessions of the real SDK against an emulator. */
import {
  CloudWatchLogsClient,
  type LiveTailSessionStart,
  type LiveTailSessionUpdate,
  StartLiveTailCommand,
  type StartLiveTailCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Emulator } from './emulator.ts';

export interface LiveTail {
  start: LiveTailSessionStart;
  updates: LiveTailSessionUpdate[];
  /** the error with which the stream ended; null while it is open, and if it ended without one */
  error(): unknown;
  /** resolves when the stream has ended */
  ended: Promise<void>;
  messages(): string[];
  /** Closes the connection. Leaving the loop over the stream does not. */
  close(): void;
}

export function groupArn(functionName: string): string {
  return `arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/${functionName}`;
}

/** Starts a session on the log of python_actor, and reads it until it ends. */
export async function startLiveTail(
  emulator: Emulator,
  input: Partial<StartLiveTailCommandInput> = {},
): Promise<LiveTail> {
  const client = new CloudWatchLogsClient({
    endpoint: emulator.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    // Otherwise the SDK would call stream-127.0.0.1.
    disableHostPrefix: true,
  });
  const identifiers = [groupArn('python_actor')];
  const { responseStream } = await client.send(
    new StartLiveTailCommand({ logGroupIdentifiers: identifiers, ...input }),
  );
  if (!responseStream) throw new Error('StartLiveTail was answered without a stream.');
  const stream = responseStream[Symbol.asyncIterator]();
  const { value: first } = await stream.next();
  if (!first?.sessionStart) throw new Error(`The stream began with ${JSON.stringify(first)}.`);
  const updates: LiveTailSessionUpdate[] = [];
  let error: unknown = null;
  const read = async () => {
    for (let next = await stream.next(); !next.done; next = await stream.next()) {
      if (!next.value.sessionUpdate) throw new Error(`The stream has ${JSON.stringify(next.value)}.`);
      updates.push(next.value.sessionUpdate);
    }
  };
  const ended = read().catch((caught: unknown) => {
    error = caught;
  });
  return {
    start: first.sessionStart,
    updates,
    error: () => error,
    ended,
    messages: () =>
      updates.flatMap(({ sessionResults = [] }) => sessionResults.map(({ message = '' }) => message)),
    close: () => client.destroy(),
  };
}
