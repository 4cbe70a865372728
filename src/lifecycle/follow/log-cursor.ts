import { createHash } from 'node:crypto';
import { InvalidRequest } from '../../domain/errors.ts';
import type { LogEvent } from '../../domain/run-log/log-event.ts';
import type { Run } from '../../domain/run-log/run.ts';

/**
 * How many lines of each run a reader has received. CloudWatch shows lines late and not in the order of their
 * timestamps. But each stream has only one writer, so in the order of ingestion a new line always comes last. With a
 * count, the reader therefore misses no line and gets none twice.
 */
export type LogCursor = Record<string, number>;

/** The members of a run that a cursor needs. */
type ReadableRun = Pick<Run, 'stream' | 'startedAt'> & { lines: readonly { event: LogEvent }[] };

/** The lines after the cursor, in the order of their timestamps, and the cursor after them. */
export function freshEvents(
  runs: readonly ReadableRun[],
  cursor: LogCursor,
): { events: LogEvent[]; next: LogCursor } {
  // If CloudWatch does not show a run this time, its count stays in the cursor, because the run may be visible again
  // later.
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
    // The error is thrown below.
  }
  const message = 'is not a next_after of this call';
  throw new InvalidRequest([{ pointer: '/after', message }], 'invalid_parameter', 400);
}

export function writeLogCursor(cursor: LogCursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/**
 * A short name for a run. The start is part of it, because a stream has several runs if Lambda retries in a warm
 * environment.
 */
function nameOf({ stream, startedAt }: ReadableRun): string {
  return createHash('sha256').update(`${stream} ${startedAt}`).digest('base64url').slice(0, 8);
}

function isCursor(value: unknown): value is LogCursor {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((count) => Number.isInteger(count) && count >= 0);
}
