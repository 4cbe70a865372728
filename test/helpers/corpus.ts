/** Logs of functions whose true end is known: see test/corpus/README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LogEvent } from '../../src/domain/run-log/log-event.ts';
import type { RuntimeFacts } from '../../src/domain/run-log/runtime-errors.ts';

const CORPUS = fileURLToPath(new URL('../corpus/', import.meta.url));
export const ID = '8f1a2b3c-4d5e-4f60-8a7b-0c1d2e3f4a5b';
const BEGIN = 1_790_000_000_000;

export interface CorpusLog {
  name: string;
  runtime: string;
  /** what became of the invocation: what the client told Lambda, or what AWS's document says */
  truth: 'succeeded' | 'failed';
  error?: { type?: string; message?: string } | undefined;
  facts: RuntimeFacts;
  /** the stream as CloudWatch gives it */
  events: LogEvent[];
  /** what a verdict that is not `unproven` has to be proven by; absent: `unproven` is right as well */
  provable: boolean;
}

interface Configuration {
  Runtime?: string;
  PackageType?: string;
  LogFormat: 'Text' | 'JSON';
  ApplicationLogLevel?: string;
  ManagedInstances?: boolean;
}

interface Captured {
  runtime: string;
  configuration: Configuration;
  truth: CorpusLog['truth'];
  error?: { type?: string; message?: string };
  phase: 'init' | 'invoke';
  exit?: { code?: number | null; signal?: string | null };
  lines: { text: string; framed?: boolean; init?: boolean }[];
}

interface Described {
  runtime: string;
  configuration: Configuration;
  truth: CorpusLog['truth'];
  error?: { type?: string; message?: string };
  provable: boolean;
  source: string;
  messages: string[];
}

/** What AWS's own clients wrote, between the platform's lines for such an end. */
export function capturedLogs(): CorpusLog[] {
  return readAll<Captured>('captured').map(([name, log]) => ({
    name,
    ...common(log),
    error: log.error,
    events: eventsOf(platformLines(log)),
    provable: isProvable(name, log),
  }));
}

/** Written by hand from documents of AWS and from sources of its clients, which each file names. */
export function describedLogs(): CorpusLog[] {
  return readAll<Described>('described').map(([name, log]) => ({
    name,
    ...common(log),
    error: log.error,
    events: eventsOf(log.messages),
    provable: log.provable,
  }));
}

function readAll<T>(folder: string): [string, T][] {
  return readdirSync(CORPUS + folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => [
      file.slice(0, -'.json'.length),
      JSON.parse(unshorten(readFileSync(`${CORPUS}${folder}/${file}`, 'utf8'))),
    ]);
}

/** `{x*300000}` is so many of this character. */
function unshorten(text: string): string {
  return text.replaceAll(/\{(.)\*(\d+)\}/gu, (_, one: string, count: string) => one.repeat(Number(count)));
}

function common({ runtime, truth, configuration }: Captured | Described) {
  const { Runtime, PackageType = 'Zip', LogFormat, ApplicationLogLevel, ManagedInstances } = configuration;
  const facts: RuntimeFacts = {
    ...(Runtime && { runtime: Runtime }),
    packageType: PackageType,
    logFormat: LogFormat,
    ...(ApplicationLogLevel && { applicationLogLevel: ApplicationLogLevel }),
    ...(ManagedInstances && { managedInstances: true }),
  };
  return { runtime, truth, facts };
}

/** Crashes are in the platform's lines. Of the errors that were caught, some clients write what functions may write too. */
function isProvable(name: string, { runtime, configuration, exit, truth, error, phase }: Captured): boolean {
  if (exit && !error) return true;
  if (phase === 'init') return true;
  if (configuration.ApplicationLogLevel === 'FATAL') return false;
  if (runtime === 'nodejs' && configuration.LogFormat === 'JSON')
    return error?.type?.startsWith('Runtime.') || (truth === 'succeeded' && !name.includes('logged'));
  return runtime === 'python' || runtime === 'nodejs' || runtime === 'java';
}

function eventsOf(messages: readonly string[]): LogEvent[] {
  return messages.map((message, at) => ({
    id: String(at),
    stream: 's',
    timestamp: BEGIN + at,
    ingestionTime: BEGIN + 500 + at,
    message: message.replaceAll('{ID}', ID),
  }));
}

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html */
function platformLines(log: Captured): string[] {
  const { configuration, lines, phase } = log;
  const before = lines.filter(({ init }) => init).map(({ text }) => `${text}\n`);
  const during = lines.filter(({ init }) => !init).map(({ text }) => `${text}\n`);
  const failure = exitOf(log);
  const start = {
    Text: 'START RequestId: {ID} Version: $LATEST\n',
    JSON: record('start', { version: '$LATEST' }),
  };
  // A failed initialization is run again when the invocation comes, and fails again.
  const again = phase === 'init' ? before : [];
  const crash =
    failure && phase === 'invoke' ? [`RequestId: {ID} Error: ${failure.message}\n${failure.type}\n`] : [];
  return [
    ...before,
    start[configuration.LogFormat],
    ...again,
    ...during,
    ...(configuration.LogFormat === 'Text'
      ? ['END RequestId: {ID}\n', textReport(failure?.type), ...crash]
      : []),
    ...(configuration.LogFormat === 'JSON' ? [jsonReport(failure?.type)] : []),
  ];
}

/** A runtime that exits is an error of the platform; one that reports an error and lives on is none. */
function exitOf({ exit, phase, error }: Captured): { type: string; message: string } | undefined {
  if (!exit) return undefined;
  // The client told Lambda of the error before it exited: nothing says that the platform logs the exit as well.
  if (error && phase === 'invoke') return undefined;
  const how = exit.signal
    ? `signal: ${exit.signal === 'SIGABRT' ? 'aborted' : 'killed'}`
    : `exit status ${exit.code}`;
  const type = phase === 'init' ? error?.type : undefined;
  return { type: type ?? 'Runtime.ExitError', message: `Runtime exited with error: ${how}` };
}

function textReport(errorType: string | undefined): string {
  const status = errorType === undefined ? '' : `Status: error\tError Type: ${errorType}`;
  return `REPORT RequestId: {ID}\tDuration: 20.00 ms\tBilled Duration: 20 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t${status}\n`;
}

function jsonReport(errorType: string | undefined): string {
  return record('report', {
    metrics: { durationMs: 20, billedDurationMs: 20, memorySizeMB: 128, maxMemoryUsedMB: 40 },
    ...(errorType === undefined ? { status: 'success' } : { status: 'error', errorType }),
  });
}

function record(type: string, content: Record<string, unknown>): string {
  const body = {
    time: '2026-11-27T10:00:00.000Z',
    type: `platform.${type}`,
    record: { requestId: '{ID}', ...content },
  };
  return `${JSON.stringify(body)}\n`;
}
