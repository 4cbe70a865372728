import type { DurableExecutions } from '../../aws/durable.ts';
import type { FunctionReader } from '../../aws/function-reader.ts';
import type { LogReader } from '../../aws/log-reader.ts';
import { Unavailable } from '../../domain/errors.ts';
import { type Attempt, type ExecutionDetail, isTerminal } from '../../domain/execution.ts';
import { type Run, runsOf } from '../../domain/invocation-log.ts';
import type { LogEvent } from '../../domain/run-log/log-event.ts';
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
/** What older Lambda writes after REPORT, and lines of the same instant. */
const AFTER_MS = 1_000;
/** Lines of one execution that an answer can hold. */
const MAX_EVENTS = 50_000;

/** A tail of nearly 4 KB has lost its beginning; in JSON format whole records are left out, so it may be shorter. */
const FULL_TAIL_BYTES = 4_000;

/** Lines are seen seconds after they were written, and after this at the latest. */
const INGESTION_MS = 60_000;

/**
 * Readers wait no longer for their place in the rate. Each costs several calls and comes again: they would keep the
 * search for ends waiting behind them, ever longer.
 */
const PATIENCE_MS = 5_000;

interface Found {
  runs: Run[];
  truncated: boolean;
}

/** As many streams as a call may name, and as many ids as its pattern of 1024 characters holds: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
const MAX_STREAMS = 100;
const IDS_A_CALL = 20;

/** The log lines of exactly one execution's latest attempt, after a cursor; also while it still runs. */
export class ExecutionLogReader {
  readonly #logs: LogReader;
  readonly #functions: FunctionReader;
  readonly #durable: DurableExecutions;
  readonly #queueMs: () => Promise<number>;

  /** @param queueMs how long a call of CloudWatch would wait now */
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
    // Lambda names a held invocation only in its answer: until then its lines cannot be told from others.
    const ids = attempt && cursor['tail'] === undefined ? await this.#requestIds(attempt) : [];
    if (!attempt || ids.length === 0) return fromTail(execution, cursor);
    if ((await this.#queueMs()) > PATIENCE_MS) throw tooMany();
    const facts = await this.#functions.describe(execution.function, execution.qualifier ?? undefined);
    const found = await this.#find(facts.logGroup, ids, attempt.startedAt.getTime() - SKEW_MS);
    if (!found || found.runs.length === 0) return fromTail(execution, cursor);
    const { events, next } = freshEvents(found.runs, cursor);
    const reported = found.runs.every((run) => run.report !== undefined) || isOld(execution);
    return {
      events: events.map((event) => ({ timestamp: new Date(event.timestamp), message: event.message })),
      nextAfter: writeLogCursor(next),
      complete: isTerminal(execution.state) && reported && !found.truncated,
      truncated: found.truncated,
      source: 'cloudwatch',
    };
  }

  /** Lambda's id of its invocation; of a durable execution, which is many invocations, those that have ended. */
  async #requestIds({ durableExecutionArn, requestId }: Attempt): Promise<string[]> {
    if (durableExecutionArn === null) return requestId === null ? [] : [requestId];
    const seen = await this.#durable.requestIds(durableExecutionArn);
    return seen.type === 'found' ? seen.value : [];
  }

  /** First the streams that name the request ids, then their lines around them: `print` lines carry no id. */
  async #find(logGroup: string, requestIds: string[], startTime: number): Promise<Found | undefined> {
    const named = await this.#naming(logGroup, requestIds, startTime);
    const streams = [...new Set(named.events.map((event) => event.stream))];
    if (streams.length === 0) return undefined;
    const query = { logGroup, startTime, streams: streams.slice(0, MAX_STREAMS), maxEvents: MAX_EVENTS };
    const wide = await this.#logs.filter(query);
    // of a busy environment the lines of others, before and after, may be all that an answer can hold
    const crowded = wide.type === 'events' && wide.truncated;
    const whole = crowded ? await this.#logs.filter({ ...query, ...spanOf(named.events, requestIds) }) : wide;
    if (whole.type === 'unreadable') return undefined;
    const runs = requestIds.flatMap((requestId) => runsOf(whole.events, requestId));
    const truncated = whole.truncated || named.truncated || streams.length > MAX_STREAMS;
    return { runs, truncated };
  }

  /** The lines that name one of the ids: START and REPORT among them. */
  async #naming(logGroup: string, requestIds: string[], startTime: number) {
    const events: LogEvent[] = [];
    let truncated = false;
    for (let at = 0; at < requestIds.length; at += IDS_A_CALL) {
      const ids = requestIds.slice(at, at + IDS_A_CALL);
      const pattern = ids.length === 1 ? `"${ids[0]}"` : ids.map((id) => `?"${id}"`).join(' ');
      const read = await this.#logs.filter({ logGroup, startTime, pattern, maxEvents: MAX_EVENTS });
      if (read.type === 'unreadable') continue;
      events.push(...read.events);
      truncated ||= read.truncated;
    }
    return { events, truncated };
  }
}

/** From the first line that names a run; to the last one, where every run has its report. */
function spanOf(named: readonly LogEvent[], requestIds: readonly string[]) {
  const times = named.map((event) => event.timestamp).toSorted((a, b) => a - b);
  const [first = 0, last = first] = [times[0], times.at(-1)];
  const ended = requestIds.every((id) => runsOf(named, id).every((run) => run.report !== undefined));
  return { startTime: first, ...(ended ? { endTime: last + AFTER_MS } : {}) };
}

function tooMany(): Unavailable {
  const message =
    'CloudWatch Logs is asked as often as log_calls_per_second allows, and others wait already. Ask again later.';
  return new Unavailable('logs_unavailable', message, undefined, PATIENCE_MS / 1_000);
}

/** Whatever CloudWatch is to show of it is there: what comes later than this is lost to its readers. */
function isOld({ finishedAt }: ExecutionDetail): boolean {
  return finishedAt !== null && Date.now() - finishedAt.getTime() > INGESTION_MS;
}

/** What Lambda sent along with its answer; it cannot be told apart from CloudWatch's lines, so it is given alone. */
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
