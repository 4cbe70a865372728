import type { DurableExecutions } from '../../aws/durable.ts';
import type { FunctionReader } from '../../aws/function-reader.ts';
import type { LogReader } from '../../aws/log-reader.ts';
import { SKEW_MS } from '../../completion/logs/bounds.ts';
import { readInvocation } from '../../completion/logs/invocation-lines.ts';
import { Unavailable } from '../../domain/errors.ts';
import { type Attempt, type ExecutionDetail, isTerminal } from '../../domain/execution.ts';
import { toReading } from '../../domain/run-log/reading.ts';
import { freshEvents, type LogCursor, parseLogCursor, writeLogCursor } from './log-cursor.ts';

export interface ExecutionLogs {
  events: { timestamp?: Date; message: string }[];
  /** the cursor: if it is sent back, the response has only the lines after it */
  nextAfter: string;
  complete: boolean;
  /** true: there are more lines than one response can contain; CloudWatch has all of them */
  truncated: boolean;
  source: 'cloudwatch' | 'log_tail' | 'none';
}

/**
 * A log tail of this length counts as cut at its beginning. The limit is less than 4 KB, because in JSON format Lambda
 * leaves out whole records.
 */
const FULL_TAIL_BYTES = 4_000;
/** The longest time until CloudWatch shows a line. Most lines become visible within seconds. */
const VISIBLE_AFTER_MS = 60_000;
/**
 * A reader of a log gets 503 if it would have to wait longer than this for CloudWatch. Each reader makes several calls
 * and repeats its request. If there were many waiting readers, the watcher's polls would have to wait, too.
 */
const PATIENCE_MS = 5_000;

/** Reads the log lines of the latest attempt of one execution, from a cursor on. The attempt may still be running. */
export class ExecutionLogReader {
  readonly #logs: LogReader;
  readonly #functions: FunctionReader;
  readonly #durable: DurableExecutions;
  readonly #queueMs: () => Promise<number>;

  /** @param queueMs how long a call of CloudWatch Logs would wait now */
  constructor(
    logs: LogReader,
    functions: FunctionReader,
    durable: DurableExecutions,
    queueMs: () => Promise<number>,
  ) {
    this.#logs = logs;
    this.#functions = functions;
    this.#durable = durable;
    this.#queueMs = queueMs;
  }

  async read(execution: ExecutionDetail, after: string | undefined): Promise<ExecutionLogs> {
    const cursor = parseLogCursor(after);
    const attempt = execution.attempts.at(-1);
    // For a RequestResponse, Lambda returns the request id only with its answer. Until then its lines cannot be found.
    const requestIds = attempt && cursor['tail'] === undefined ? await this.#requestIds(attempt) : [];
    if (!attempt || requestIds.length === 0) return fromTail(execution, cursor);
    if ((await this.#queueMs()) > PATIENCE_MS) throw tooMany();
    const facts = await this.#functions.describe(execution.function, execution.qualifier ?? undefined);
    const { runs, unread } = await readInvocation(this.#logs, {
      logGroup: facts.logGroup,
      function: execution.function,
      requestIds,
      startTime: attempt.startedAt.getTime() - SKEW_MS,
      settings: facts,
    });
    if (runs.length === 0) return fromTail(execution, cursor);
    const { events, next } = freshEvents(runs, cursor);
    const whole =
      runs.every((run) => toReading(run, unread ? ['middle'] : []).type === 'complete') || isOld(execution);
    return {
      events: events.map((event) => ({ timestamp: new Date(event.timestamp), message: event.message })),
      nextAfter: writeLogCursor(next),
      complete: isTerminal(execution.state) && whole && !unread,
      truncated: unread,
      source: 'cloudwatch',
    };
  }

  /** The request id of the invocation. For a durable execution, the request ids of all invocations that have ended. */
  async #requestIds({ durableExecutionArn, requestId }: Attempt): Promise<string[]> {
    if (durableExecutionArn === null) return requestId === null ? [] : [requestId];
    const seen = await this.#durable.requestIds(durableExecutionArn);
    return seen.type === 'found' ? seen.value : [];
  }
}

function tooMany(): Unavailable {
  const message =
    'CloudWatch Logs is read as often as log_calls_per_second allows, and other reads are waiting. Try again later.';
  return new Unavailable('logs_unavailable', message, undefined, PATIENCE_MS / 1_000);
}

/** Whether the execution ended so long ago that CloudWatch shows all of its lines. */
function isOld({ finishedAt }: ExecutionDetail): boolean {
  return finishedAt !== null && Date.now() - finishedAt.getTime() > VISIBLE_AFTER_MS;
}

/**
 * The log tail that Lambda sent with its answer. Its lines have no timestamps, so a reader gets either these lines or
 * those of CloudWatch, never both.
 */
function fromTail(execution: ExecutionDetail, cursor: LogCursor): ExecutionLogs {
  const ended = isTerminal(execution.state);
  const given = Object.keys(cursor).length > 0;
  const { logTail } = execution;
  const truncated = logTail !== null && Buffer.byteLength(logTail) >= FULL_TAIL_BYTES;
  if (logTail === null || given) {
    const complete = ended && (cursor['tail'] !== undefined || isOld(execution));
    return { events: [], nextAfter: writeLogCursor(cursor), complete, truncated, source: 'none' };
  }
  const lines = logTail.replace(/\n$/, '').split('\n');
  return {
    events: lines.map((message) => ({ message })),
    nextAfter: writeLogCursor({ tail: lines.length }),
    complete: ended,
    truncated,
    source: 'log_tail',
  };
}
