/** From the runs of a situation to the lines of its log group, among the lines of other invocations. */
import { randomUUID } from 'node:crypto';
import { end, jsonReport, jsonStart, raised, report, start } from './lines.ts';
import type { NewLine } from './log-store.ts';
import type { LoggedRun, Situation } from './situation.ts';

/** Milliseconds between the lines of a run. */
const STEP_MS = 3;
const BIG = 'x'.repeat(262_000);
/** An event holds at most 256 KB, and a longer line is cut. */
const LONGEST = 262_144;

export interface Invocation {
  requestId: string;
  root: string;
  /** epoch milliseconds */
  at: number;
  /** set when the REPORT of a run that began with the invocation is written */
  durationMs?: number;
}

export function expand({ lines, flood = 0 }: LoggedRun, invocation: Invocation): string[] {
  const { requestId, root, at } = invocation;
  return lines.flatMap((line) => {
    if (line === '{FLOOD}') return Array.from({ length: flood }, (_, row) => `printed row ${row} of many`);
    if (line.includes('{MS}')) invocation.durationMs ??= Date.now() - at;
    const duration = `${invocation.durationMs}.00`;
    return line
      .replace('{MS}', duration)
      .replaceAll('{ID}', requestId)
      .replaceAll('{ROOT}', root)
      .replaceAll('{BIG}', BIG);
  });
}

/**
 * The lines of one run, the last one now, with other runs of the same environment before and after it.
 * @param newest the timestamp of the newest line of a stream: an environment runs one invocation after the other
 */
export function linesOf(
  situation: Situation,
  run: LoggedRun,
  at: number,
  invocation: Invocation,
  newest: (stream: string) => number,
): NewLine[] {
  const { late = {}, step = STEP_MS } = run;
  const stream = streamOf(situation, run, at);
  const isJson = format(situation) === 'JSON';
  const own = run.lines.flatMap((line, index) =>
    expand({ ...run, lines: [line] }, invocation).map((message) => ({
      message,
      late: latenessOf(late[index]),
    })),
  );
  const first = Math.max(Date.now() - (own.length - 1) * step, newest(stream) + 1);
  const text = own.map(
    (one, index): NewLine => ({
      stream,
      timestamp: first + index * step,
      message: printed(one.message, isJson),
      late: one.late,
    }),
  );
  if (situation.alone === true) return text;
  const last = first + (own.length - 1) * step;
  return [...otherRun(isJson, stream, first, false), ...text, ...otherRun(isJson, stream, last, true)];
}

/** A line ends in a newline, as it was printed; records do not. */
function printed(message: string, isJson: boolean): string {
  const ended = message.endsWith('\n') || (isJson && message.startsWith('{'));
  return ended ? message : `${message}\n`.slice(0, LONGEST);
}

/** Of another environment of the function, at the same time, which fails. */
export function neighbour(situation: Situation): NewLine[] {
  if (situation.alone === true) return [];
  const isJson = format(situation) === 'JSON';
  return otherRun(isJson, streamName(situation, 'neighbour', undefined), Date.now(), true);
}

function streamOf(situation: Situation, { stream = 'own', owner }: LoggedRun, at: number): string {
  return streamName(situation, stream === 'new' ? `${stream}${at}` : stream, owner);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html */
function streamName(situation: Situation, key: string, owner = situation.name): string {
  const settings = situation.config;
  const shared = settings !== 'denied' && settings?.LoggingConfig?.['LogGroup'] !== undefined;
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  const id = Buffer.from(key.padEnd(16, '-')).toString('hex');
  return `${day}/${shared ? owner : ''}[$LATEST]${id}`;
}

function format({ config }: Situation): string {
  return (config !== 'denied' && config?.LoggingConfig?.['LogFormat']) || 'Text';
}

function latenessOf(late: number | 'never' | undefined): number | undefined {
  return late === 'never' ? Number.POSITIVE_INFINITY : late;
}

/** Another invocation's run in one millisecond. @param failing its error must not become ours */
function otherRun(isJson: boolean, stream: string, timestamp: number, failing: boolean): NewLine[] {
  const id = randomUUID();
  const error = raised('RuntimeError: of another invocation');
  const record = JSON.stringify({
    timestamp: new Date(timestamp).toISOString(),
    level: 'ERROR',
    errorMessage: 'of another invocation',
    errorType: 'RuntimeError',
    requestId: id,
    stackTrace: [],
  });
  const lines = isJson
    ? [jsonStart(id), ...(failing ? [record] : []), jsonReport({ status: 'success' }, id)]
    : [start(id), ...(failing ? [error] : ['works']), end(id), report('', id)].map((line) => `${line}\n`);
  return lines.map((message) => ({ stream, timestamp, message }));
}
