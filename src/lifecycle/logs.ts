import type { FunctionReader } from '../aws/function-reader.ts';
import type { LogReader } from '../aws/log-reader.ts';
import { InvalidRequest } from '../domain/errors.ts';
import { type ExecutionDetail, isTerminal } from '../domain/execution.ts';
import { deliveries, type LogEvent } from '../domain/invocation-log.ts';

export interface ExecutionLogs {
  events: { timestamp?: Date; message: string }[];
  /** cursor: hand it back to get only what came later */
  nextAfter?: string;
  complete: boolean;
  source: 'cloudwatch' | 'log_tail' | 'none';
}

const SKEW_MS = 5_000;

/** The log lines of exactly one execution's latest invocation, after a cursor. */
export class ExecutionLogReader {
  readonly #logs: LogReader;
  readonly #functions: FunctionReader;

  constructor(logs: LogReader, functions: FunctionReader) {
    this.#logs = logs;
    this.#functions = functions;
  }

  async read(execution: ExecutionDetail, after: string | undefined): Promise<ExecutionLogs> {
    const cursor = parseCursor(after);
    const attempt = execution.attempts.at(-1);
    if (!attempt?.requestId) return fromTail(execution, cursor !== undefined);
    const facts = await this.#functions.describe(execution.function, execution.qualifier ?? undefined);
    const found = await this.#find(facts.logGroup, attempt.requestId, attempt.startedAt.getTime() - SKEW_MS);
    if (!found || found.events.length === 0) return fromTail(execution, cursor !== undefined);
    const fresh = eventsAfter(found.events, cursor);
    const last = fresh.at(-1);
    const nextAfter = last ? `${last.timestamp}:${last.id}` : after;
    return {
      events: fresh.map((event) => ({ timestamp: new Date(event.timestamp), message: event.message })),
      ...(nextAfter === undefined ? {} : { nextAfter }),
      complete: isTerminal(execution.state) && found.reported,
      source: 'cloudwatch',
    };
  }

  /** First the streams that name the request id, then their lines around it: `print` lines carry no id. */
  async #find(logGroup: string, requestId: string, startTime: number) {
    const named = await this.#logs.filter({ logGroup, startTime, pattern: `"${requestId}"` });
    if (named.type === 'blind' || named.events.length === 0) return undefined;
    const streams = [...new Set(named.events.map((event) => event.stream))];
    const whole = await this.#logs.filter({ logGroup, startTime, streams });
    if (whole.type === 'blind') return undefined;
    const runs = deliveries(whole.events, requestId);
    return {
      events: runs.flatMap((run) => run.lines),
      reported: runs.every((run) => run.report !== undefined),
    };
  }
}

function fromTail(execution: ExecutionDetail, given: boolean): ExecutionLogs {
  const ended = isTerminal(execution.state);
  if (execution.logTail === null) return { events: [], complete: ended, source: 'none' };
  const lines = given ? [] : execution.logTail.replace(/\n$/, '').split('\n');
  return {
    events: lines.map((message) => ({ message })),
    nextAfter: '0:log_tail',
    complete: ended,
    source: 'log_tail',
  };
}

interface Cursor {
  timestamp: number;
  id: string;
}

function parseCursor(after: string | undefined): Cursor | undefined {
  if (after === undefined) return undefined;
  const parts = /^(?<timestamp>\d+):(?<id>.+)$/.exec(after)?.groups;
  if (parts) return { timestamp: Number(parts['timestamp']), id: parts['id'] ?? '' };
  throw new InvalidRequest(
    [{ pointer: '/after', message: 'is not a next_after of this call' }],
    'invalid_parameter',
    400,
  );
}

/** Ids have no order of their own: the cursor's event is looked up, and only when it is gone its instant decides. */
function eventsAfter(events: LogEvent[], cursor: Cursor | undefined): LogEvent[] {
  if (!cursor) return events;
  const at = events.findIndex((event) => event.id === cursor.id);
  return at < 0 ? events.filter((event) => event.timestamp > cursor.timestamp) : events.slice(at + 1);
}
