import { createHash } from 'node:crypto';
import { InvalidRequest } from '../../domain/errors.ts';
import type { LogEvent } from '../../domain/run-log/log-event.ts';
import type { Run } from '../../domain/run-log/run.ts';

/**
 * How many lines of each run a reader has got. CloudWatch shows lines late and not in the order of their timestamps. But a
 * stream has one writer, so new lines only follow in the order of ingestion: a count misses none and repeats none.
 */
export type LogCursor = Record<string, number>;

/** What a cursor needs of a run. */
type ReadableRun = Pick<Run, 'stream' | 'startedAt'> & { lines: readonly { event: LogEvent }[] };

/** The lines after the cursor, in the order of their timestamps, and the cursor after them. */
export function freshEvents(
  runs: readonly ReadableRun[],
  cursor: LogCursor,
): { events: LogEvent[]; next: LogCursor } {
  // A run that CloudWatch does not show this time keeps its count, since it may show it again.
  const next: LogCursor = { ...cursor };
  const events = runs.flatMap((run) => {
    const arrived = run.lines.map(({ event }) => event).toSorted((a, b) => a.ingestionTime - b.ingestionTime);
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
    // reported below
  }
  const message = 'is not a next_after of this call';
  throw new InvalidRequest([{ pointer: '/after', message }], 'invalid_parameter', 400);
}

export function writeLogCursor(cursor: LogCursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** One stream runs an invocation several times when Lambda retries it in a warm environment. */
function nameOf({ stream, startedAt }: ReadableRun): string {
  return createHash('sha256').update(`${stream} ${startedAt}`).digest('base64url').slice(0, 8);
}

function isCursor(value: unknown): value is LogCursor {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((count) => Number.isInteger(count) && count >= 0);
}
