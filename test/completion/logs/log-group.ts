/** The log of one function as CloudWatch gives it: in time order, page by page, with the real SDK in front of it. */
import pino from 'pino';
import { createAwsClients } from '../../../src/aws/clients.ts';
import { DurableExecutions } from '../../../src/aws/durable.ts';
import { ErrorMetricReader } from '../../../src/aws/error-metric.ts';
import { FunctionReader } from '../../../src/aws/function-reader.ts';
import type { LiveTail } from '../../../src/aws/live-tail.ts';
import { LogReader } from '../../../src/aws/log-reader.ts';
import { TraceReader } from '../../../src/aws/trace-reader.ts';
import { createLogsChannel } from '../../../src/completion/logs/channel.ts';
import type { KnownAttempts } from '../../../src/completion/logs/doubts.ts';
import type { OpenAttempt } from '../../../src/domain/execution.ts';
import { newId } from '../../../src/domain/id.ts';
import type { FunctionPolicy } from '../../../src/domain/policy.ts';
import { ExecutionLogReader } from '../../../src/lifecycle/follow/execution-log.ts';
import { stubAwsEnvironment } from '../../aws/aws-environment.ts';
import { answerError, answerJson, startWireServer } from '../../aws/wire-server.ts';

export const BEGIN = 1_790_000_000_000;
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
const PAGE = 10_000;

interface Line {
  eventId: string;
  logStreamName: string;
  timestamp: number;
  message: string;
}

/** @param after milliseconds after BEGIN */
export function line(after: number, message: string, stream = 's'): Line {
  return { eventId: `${stream}-${after}`, logStreamName: stream, timestamp: BEGIN + after, message };
}

export const endLine = (after: number, requestId: string, stream?: string): Line => ({
  ...line(after, `END RequestId: ${requestId}`, stream),
  eventId: `${stream}-${after}-end`,
});

/** @param more further members, as Lambda writes them */
export function reportLine(
  after: number,
  requestId: string,
  durationMs: number,
  more = '',
  stream = 's',
): Line {
  const figures = `Duration: ${durationMs}.00 ms\tBilled Duration: ${durationMs} ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB`;
  return line(after, `REPORT RequestId: ${requestId}\t${figures}\t${more}`, stream);
}

/** The ledger knows of no other attempt. */
export const NO_OTHERS: KnownAttempts = { owned: async () => [], hasRival: async () => false };

/** BatchGetTraces: https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html */
function traceOf(body: string, segments: readonly object[]) {
  const [Id] = JSON.parse(body).TraceIds;
  const Segments = segments.map((segment) => ({ Document: JSON.stringify(segment) }));
  return { Traces: segments.length > 0 ? [{ Id, Segments }] : [], UnprocessedTraceIds: [] };
}

interface Options {
  policies?: FunctionPolicy[];
  known?: KnownAttempts;
  /** CloudWatch finds nothing in so many pages before those with events */
  emptyPages?: number;
  /** how long a call waits for its place in the shared rate */
  queueMs?: number;
  /** further settings of the function */
  configuration?: object;
  /** the group is not there (yet) */
  missing?: boolean;
  /** segment documents of X-Ray's trace */
  segments?: object[];
  /** how long after REPORT's ingestion lines may become visible */
  lateLinesMs?: number;
  liveTail?: LiveTail;
}

export async function startLogGroup(lines: Line[], options: Options = {}) {
  const { emptyPages = 0, queueMs = 0, configuration = {}, missing = false, segments = [] } = options;
  /** of every search: where it begins, in milliseconds after BEGIN; pages that go on are not among them */
  const searches: number[] = [];
  const server = await startWireServer(({ url, body }, response) => {
    if (url.includes('/configuration'))
      return answerJson(response, 200, {
        FunctionName: 'fn',
        Timeout: 3,
        Runtime: 'python3.13',
        ...configuration,
      });
    if (url === '/Traces') return answerJson(response, 200, traceOf(body, segments));
    if (url !== '/' || missing) return answerError(response, 404, 'ResourceNotFoundException');
    const {
      startTime,
      endTime = Number.POSITIVE_INFINITY,
      filterPattern,
      logStreamNames,
      nextToken,
    } = JSON.parse(body);
    if (nextToken === undefined) searches.push(startTime - BEGIN);
    const page = Number(nextToken ?? 0);
    if (page < emptyPages) return answerJson(response, 200, { events: [], nextToken: String(page + 1) });
    const fitting = lines.filter(
      ({ timestamp, message, logStreamName }) =>
        timestamp >= startTime &&
        timestamp <= endTime &&
        matches(filterPattern, message) &&
        (!logStreamNames || logStreamNames.includes(logStreamName)),
    );
    const at = (page - emptyPages) * PAGE;
    const more = fitting.length > at + PAGE ? { nextToken: String(page + 1) } : {};
    answerJson(response, 200, { events: fitting.slice(at, at + PAGE), ...more });
  });
  stubAwsEnvironment({
    AWS_ENDPOINT_URL_LAMBDA: server.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: server.url,
    AWS_ENDPOINT_URL_XRAY: server.url,
  });
  const clients = createAwsClients({ maxHeldInvocations: 1 });
  const logs = new LogReader(clients.logs, () => Promise.resolve());
  const functions = new FunctionReader(clients.lambda);
  const durable = new DurableExecutions(clients.lambda);
  return {
    logs,
    reader: new ExecutionLogReader(logs, functions, durable, async () => queueMs),
    searches,
    calls: () => server.requests.filter(({ url }) => url === '/').length,
    channel: createLogsChannel({
      logs,
      functions,
      traces: new TraceReader(clients.xray),
      metrics: new ErrorMetricReader(clients.cloudwatch),
      known: options.known ?? NO_OTHERS,
      policies: options.policies ?? [],
      lateLinesMs: options.lateLinesMs ?? 5_000,
      liveTail: options.liveTail,
      log: pino({ level: 'silent' }),
    }),
    async stop() {
      clients.close();
      await server.close();
    },
  };
}

/** Quoted phrases: one, or alternatives that begin with `?`. */
function matches(pattern: string | undefined, message: string): boolean {
  if (pattern === undefined) return true;
  const phrases = [...pattern.matchAll(/"([^"]*)"/g)].map(([, phrase = '']) => phrase);
  return phrases.some((phrase) => message.includes(phrase));
}

/** An Event of function `fn`, accepted at BEGIN. */
export function openEvent(overrides: Partial<OpenAttempt> = {}): OpenAttempt {
  return {
    id: newId(),
    number: 1,
    phase: 'accepted',
    function: 'fn',
    qualifier: null,
    invocationType: 'Event',
    completion: ['logs'],
    envelope: false,
    requestId: 'r1',
    durableExecutionArn: null,
    startedAt: new Date(BEGIN),
    ageSeconds: 60,
    cancelRequested: false,
    paused: false,
    lastPoll: false,
    ...overrides,
  };
}
