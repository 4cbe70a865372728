import type { FunctionReader } from '../aws/function-reader.ts';
import type { LogReader } from '../aws/log-reader.ts';
import { type ExecutionDetail, isTerminal } from '../domain/execution.ts';
import { type Delivery, deliveries } from '../domain/invocation-log.ts';
import { freshEvents, type LogCursor, parseLogCursor, writeLogCursor } from './log-cursor.ts';

export interface ExecutionLogs {
  events: { timestamp?: Date; message: string }[];
  /** cursor: hand it back to get only what came since */
  nextAfter: string;
  complete: boolean;
  /** there are more lines than one answer can hold; CloudWatch has them all */
  truncated: boolean;
  source: 'cloudwatch' | 'log_tail' | 'none';
}

const SKEW_MS = 5_000;
/** Lines of one execution that an answer can hold. */
const MAX_EVENTS = 50_000;

/** A tail of nearly 4 KB has lost its beginning; in JSON format whole records are left out, so it may be shorter. */
const FULL_TAIL_BYTES = 4_000;

interface Found {
  runs: Delivery[];
  truncated: boolean;
}

/** The log lines of exactly one execution's latest invocation, after a cursor; also while it still runs. */
export class ExecutionLogReader {
  readonly #logs: LogReader;
  readonly #functions: FunctionReader;

  constructor(logs: LogReader, functions: FunctionReader) {
    this.#logs = logs;
    this.#functions = functions;
  }

  async read(execution: ExecutionDetail, after: string | undefined): Promise<ExecutionLogs> {
    const cursor = parseLogCursor(after);
    const attempt = execution.attempts.at(-1);
    // Lambda names a held invocation only in its answer: until then its lines cannot be told from others.
    if (!attempt?.requestId || cursor['tail'] !== undefined) return fromTail(execution, cursor);
    const facts = await this.#functions.describe(execution.function, execution.qualifier ?? undefined);
    const found = await this.#find(facts.logGroup, attempt.requestId, attempt.startedAt.getTime() - SKEW_MS);
    if (!found || found.runs.length === 0) return fromTail(execution, cursor);
    const { events, next } = freshEvents(found.runs, cursor);
    const reported = found.runs.every((run) => run.report !== undefined);
    return {
      events: events.map((event) => ({ timestamp: new Date(event.timestamp), message: event.message })),
      nextAfter: writeLogCursor(next),
      complete: isTerminal(execution.state) && reported && !found.truncated,
      truncated: found.truncated,
      source: 'cloudwatch',
    };
  }

  /** First the streams that name the request id, then their lines around it: `print` lines carry no id. */
  async #find(logGroup: string, requestId: string, startTime: number): Promise<Found | undefined> {
    const named = await this.#logs.filter({ logGroup, startTime, pattern: `"${requestId}"` });
    if (named.type === 'blind' || named.events.length === 0) return undefined;
    const streams = [...new Set(named.events.map((event) => event.stream))];
    const whole = await this.#logs.filter({ logGroup, startTime, streams, maxEvents: MAX_EVENTS });
    if (whole.type === 'blind') return undefined;
    return { runs: deliveries(whole.events, requestId), truncated: whole.truncated };
  }
}

/** What Lambda sent along with its answer; it cannot be told apart from CloudWatch's lines, so it is given alone. */
function fromTail(execution: ExecutionDetail, cursor: LogCursor): ExecutionLogs {
  const ended = isTerminal(execution.state);
  const given = Object.keys(cursor).length > 0;
  const { logTail } = execution;
  const truncated = logTail !== null && Buffer.byteLength(logTail) >= FULL_TAIL_BYTES;
  const rest = { complete: ended, truncated };
  if (logTail === null || given)
    return { events: [], nextAfter: writeLogCursor(cursor), ...rest, source: 'none' };
  const lines = logTail.replace(/\n$/, '').split('\n');
  return {
    events: lines.map((message) => ({ message })),
    nextAfter: writeLogCursor({ tail: lines.length }),
    ...rest,
    source: 'log_tail',
  };
}
