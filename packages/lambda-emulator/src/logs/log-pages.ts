/** One page of log events, in the response format of FilterLogEvents and GetLogEvents. */
import { AwsError } from '../api/aws-error.ts';
import { compileFilterPattern } from './filter-pattern.ts';
import type { LogEvent, LogGroup } from './log-store.ts';

interface PageInput {
  limit?: number;
  nextToken?: string;
  startFromHead?: boolean;
  /** epoch milliseconds, inclusive */
  startTime?: number;
  /** epoch milliseconds: inclusive for FilterLogEvents, exclusive for GetLogEvents */
  endTime?: number;
}

interface FilterInput extends PageInput {
  filterPattern?: string;
  logStreamNames?: string[];
  logStreamNamePrefix?: string;
}

/** CloudWatch ends a page at 10,000 events or 1 MB, counting 26 bytes per event in addition to its text. */
const PAGE_EVENTS = 10_000;
const PAGE_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;

export function filterLogEvents(group: LogGroup, input: FilterInput): object {
  const { filterPattern = '', startTime = 0, endTime = Number.MAX_SAFE_INTEGER } = input;
  const matches = compileFilterPattern(filterPattern);
  const inStreams = selectStreams(group, input);
  const { forward, position } = input.nextToken
    ? readToken(input.nextToken)
    : { forward: input.startFromHead ?? true, position: null };
  const now = Date.now();
  const found = group.events.filter(
    (event) =>
      event.ingestionTime <= now &&
      event.timestamp >= startTime &&
      event.timestamp <= endTime &&
      inStreams(event.stream) &&
      matches(event.message),
  );
  const ordered = forward ? found : found.toReversed();
  const rest =
    position === null ? ordered : ordered.filter(({ sequence }) => isBeyond(sequence, position, forward));
  const page = takePage(rest, input.limit);
  const last = page.at(-1);
  return {
    events: page.map((event) => ({
      logStreamName: event.stream,
      timestamp: event.timestamp,
      message: event.message,
      ingestionTime: event.ingestionTime,
      eventId: String(event.sequence).padStart(56, '0'),
    })),
    searchedLogStreams: [],
    ...(last && page.length < rest.length && { nextToken: writeToken(forward, last.sequence) }),
  };
}

function selectStreams(
  group: LogGroup,
  { logStreamNames, logStreamNamePrefix }: FilterInput,
): (name: string) => boolean {
  if (logStreamNames && logStreamNamePrefix !== undefined) {
    throw new AwsError(
      400,
      'InvalidParameterException',
      'logStreamNames and logStreamNamePrefix cannot be combined.',
    );
  }
  if (logStreamNamePrefix !== undefined) return (name) => name.startsWith(logStreamNamePrefix);
  if (!logStreamNames) return () => true;
  for (const name of logStreamNames) requireStream(group, name);
  return (name) => logStreamNames.includes(name);
}

/**
 * Pages forward or backward through one stream. The response always has both tokens. A reader has reached the end if
 * the token for its direction is the one that it sent. In both directions, the events of a page are in order of time.
 */
export function getLogEvents(group: LogGroup, input: PageInput & { logStreamName?: string }): object {
  const { logStreamName = '', startTime = 0, endTime = Number.MAX_SAFE_INTEGER } = input;
  requireStream(group, logStreamName);
  const { forward, position } = input.nextToken
    ? readToken(input.nextToken)
    : { forward: input.startFromHead ?? false, position: null };
  const now = Date.now();
  const found = group.events.filter(
    ({ stream, timestamp, ingestionTime }) =>
      stream === logStreamName && ingestionTime <= now && timestamp >= startTime && timestamp < endTime,
  );
  const rest = found.filter(({ sequence }) => position === null || isBeyond(sequence, position, forward));
  const page = forward ? takePage(rest, input.limit) : takePage(rest.toReversed(), input.limit).toReversed();
  const edge = position ?? 0;
  return {
    events: page.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: writeToken(true, page.at(-1)?.sequence ?? edge),
    nextBackwardToken: writeToken(false, page[0]?.sequence ?? edge),
  };
}

export function requireStream(group: LogGroup, name: string): void {
  if (group.streams.has(name)) return;
  throw new AwsError(400, 'ResourceNotFoundException', 'The specified log stream does not exist.');
}

function takePage(events: LogEvent[], limit = PAGE_EVENTS): LogEvent[] {
  let bytes = 0;
  const tooMany = events.findIndex(({ message }, index) => {
    bytes += Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
    return index >= Math.min(limit, PAGE_EVENTS) || (bytes > PAGE_BYTES && index > 0);
  });
  return tooMany === -1 ? events : events.slice(0, tooMany);
}

function isBeyond(sequence: number, position: number, forward: boolean): boolean {
  return forward ? sequence > position : sequence < position;
}

/** A token: the direction, and the sequence of the event where the page ended. */
function writeToken(forward: boolean, position: number): string {
  return `${forward ? 'f' : 'b'}/${String(position).padStart(56, '0')}`;
}

function readToken(token: string): { forward: boolean; position: number } {
  const [, direction, digits] = /^([fb])\/(\d{56})$/.exec(token) ?? [];
  if (!direction) throw new AwsError(400, 'InvalidParameterException', 'The specified nextToken is invalid.');
  return { forward: direction === 'f', position: Number(digits) };
}
