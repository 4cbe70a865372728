/**
 * Live Tail of CloudWatch Logs: a session pushes the lines of up to ten log groups about a second after they were
 * ingested. It samples, so what does not come may still be there.
 */
import { type CloudWatchLogsClient, StartLiveTailCommand } from '@aws-sdk/client-cloudwatch-logs';
import { isPassing, readAwsError, wordsOf } from './aws-error.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html */
export const GROUPS_A_SESSION = 10;
/** CloudWatch sends an update each second, also an empty one. */
const SILENCE_MS = 30_000;

export interface TailedLine {
  /** its name, also where the group was given by its ARN */
  logGroup: string;
  message: string;
}

export interface TailQuery {
  /** their ARNs, without `:*` at the end */
  logGroups: readonly string[];
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  pattern: string;
}

/** Why a session has ended: by the signal or after its 3 hours, or since CloudWatch does not give (more of) it. */
export type TailEnd = { type: 'over' } | { type: 'failed'; isPassing: boolean; reason: string };

export class LiveTail {
  readonly #openClient: () => CloudWatchLogsClient;

  /** @param openClient a client for one session: to destroy it is the only way to end the session at once */
  constructor(openClient: () => CloudWatchLogsClient) {
    this.#openClient = openClient;
  }

  /** Runs one session until it ends. Never throws. */
  async tail(
    query: TailQuery,
    onLines: (lines: TailedLine[]) => void,
    signal: AbortSignal,
  ): Promise<TailEnd> {
    const client = this.#openClient();
    const end = () => client.destroy();
    signal.addEventListener('abort', end);
    const silence = setTimeout(end, SILENCE_MS);
    try {
      if (!signal.aborted)
        for await (const lines of linesOf(client, query, signal)) {
          silence.refresh();
          onLines(lines);
        }
      return { type: 'over' };
    } catch (thrown) {
      const error = readAwsError(thrown);
      if (signal.aborted || error.name === 'SessionTimeoutException') return { type: 'over' };
      return { type: 'failed', isPassing: isPassing(error), reason: `${error.name}: ${wordsOf(error)}` };
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', end);
      end();
    }
  }
}

async function* linesOf(client: CloudWatchLogsClient, query: TailQuery, abortSignal: AbortSignal) {
  const { logGroups, pattern } = query;
  const input = { logGroupIdentifiers: [...logGroups], logEventFilterPattern: pattern };
  const { responseStream } = await client.send(new StartLiveTailCommand(input), { abortSignal });
  for await (const { sessionUpdate } of responseStream ?? [])
    yield (sessionUpdate?.sessionResults ?? []).map(({ logGroupIdentifier = '', message = '' }) => ({
      logGroup: logGroupName(logGroupIdentifier),
      message,
    }));
}

/** Of a name, an ARN, or `ACCOUNT:NAME`. Names have no colon. */
export function logGroupName(identifier: string): string {
  return identifier.replace(/:\*$/, '').split(':').at(-1) ?? '';
}
