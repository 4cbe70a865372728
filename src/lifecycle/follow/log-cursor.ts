import { createHash } from 'node:crypto';
import { InvalidRequest } from '../../domain/errors.ts';
import type { Run } from '../../domain/invocation-log.ts';
import type { LogEvent } from '../../domain/run-log/log-event.ts';

/**
 * How many lines of each run have been given. CloudWatch shows lines late and not in the order of their timestamps,
 * but a stream has one writer, so in the order of ingestion new lines only ever follow: a count misses and repeats none.
 */
export type LogCursor = Record<string, number>;

/** The lines that the cursor has not seen, in the order of their timestamps, and the cursor behind them. */
export function freshEvents(
  runs: readonly Run[],
  cursor: LogCursor,
): { events: LogEvent[]; next: LogCursor } {
  // A run that CloudWatch does not show this time keeps its count: it may be there again the next.
  const next: LogCursor = { ...cursor };
  const events = runs.flatMap((run) => {
    const arrived = run.lines.toSorted((a, b) => a.ingestionTime - b.ingestionTime);
    const name = nameOf(run);
    next[name] = Math.max(arrived.length, cursor[name] ?? 0);
    return arrived.slice(cursor[name] ?? 0);
  });
  return { events: events.sort((a, b) => a.timestamp - b.timestamp), next };
}

/** @throws InvalidRequest */
export function parseLogCursor(text: string | undefined): LogCursor {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (isCursor(value)) return value;
  } catch {
    // told below
  }
  const message = 'is not a next_after of this call';
  throw new InvalidRequest([{ pointer: '/after', message }], 'invalid_parameter', 400);
}

export function writeLogCursor(cursor: LogCursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** One stream runs an invocation several times when Lambda retries it in a warm environment. */
function nameOf({ stream, startedAt }: Run): string {
  return createHash('sha256').update(`${stream} ${startedAt}`).digest('base64url').slice(0, 8);
}

function isCursor(value: unknown): value is LogCursor {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((count) => Number.isInteger(count) && count >= 0);
}
