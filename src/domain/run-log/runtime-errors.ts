/** Lists for each runtime the error records that the log of a run may contain. */
import type { ExecutionError } from '../outcome.ts';
import { type Line, type LogFormat, namedRequestId } from './line.ts';
import { dotnetSuspectedJson, dotnetSuspectedText } from './runtimes/dotnet.ts';
import type { ErrorReader } from './runtimes/error-reader.ts';
import { goClosingError, goSuspectedError } from './runtimes/go.ts';
import {
  javaJsonError,
  javaSplitError,
  javaSuspectedJson,
  javaSuspectedSplit,
  javaSuspectedText,
  javaTextError,
} from './runtimes/java.ts';
import {
  nodeChangedJson,
  nodeChangedText,
  nodeJsonError,
  nodeSuspectedJson,
  nodeSuspectedText,
  nodeTextError,
} from './runtimes/nodejs.ts';
import { platformError, refusedAnswer, suspectedRefusal } from './runtimes/platform.ts';
import {
  pythonJsonError,
  pythonSplitError,
  pythonSuspectedJson,
  pythonSuspectedText,
  pythonTextError,
} from './runtimes/python.ts';
import { rubyError } from './runtimes/ruby.ts';
import { rustSuspectedError } from './runtimes/rust.ts';

/** What a function's configuration says about its log. */
export interface RuntimeFacts {
  /** e.g. `python3.13`; absent for container images, and if the configuration could not be read */
  runtime?: string;
  packageType?: string;
  logFormat?: LogFormat;
  /** only for JSON logs: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html */
  applicationLogLevel?: string;
  /** runs on Managed Instances: https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html */
  managedInstances?: boolean;
  /**
   * The environment variable AWS_LAMBDA_EXEC_WRAPPER is set, so another program may take the place of the runtime's client:
   * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html
   */
  execWrapper?: boolean;
}

type Readers = readonly ErrorReader[];

interface RuntimeLog {
  /** the runtime's identifiers begin with this */
  prefix: string;
  /** records that only the runtime's client writes */
  errors: Record<LogFormat, Readers>;
  /**
   * records that, at the end of a run, only the client writes; they prove a failure if all lines of the run were read
   */
  closing: Record<LogFormat, Readers>;
  /** error records that the client writes, but functions may write, too */
  suspects: Record<LogFormat, Readers>;
  /** true: the client logs every error of the handler, and a function cannot easily prevent that */
  logsEveryError: boolean;
}

const NONE = { Text: [], JSON: [] };
const both = (...readers: Readers) => ({ Text: readers, JSON: readers });

const CUSTOM = {
  errors: NONE,
  closing: both(goClosingError),
  suspects: both(goSuspectedError, rustSuspectedError),
  logsEveryError: false,
};

const RUNTIMES: readonly RuntimeLog[] = [
  {
    prefix: 'python',
    errors: { Text: [pythonTextError], JSON: [pythonJsonError] },
    closing: NONE,
    suspects: { Text: [pythonSuspectedText], JSON: [pythonSuspectedJson] },
    logsEveryError: true,
  },
  {
    prefix: 'nodejs',
    errors: { Text: [nodeTextError], JSON: [nodeJsonError] },
    closing: NONE,
    suspects: {
      Text: [nodeSuspectedText, nodeChangedText],
      JSON: [nodeSuspectedJson, nodeChangedJson],
    },
    logsEveryError: true,
  },
  {
    prefix: 'java',
    errors: { Text: [javaTextError], JSON: [javaJsonError] },
    closing: { Text: [javaSplitError], JSON: [] },
    suspects: { Text: [javaSuspectedText, javaSuspectedSplit], JSON: [javaSuspectedJson] },
    logsEveryError: true,
  },
  {
    prefix: 'dotnet',
    errors: NONE,
    closing: NONE,
    suspects: { Text: [dotnetSuspectedText], JSON: [dotnetSuspectedJson] },
    logsEveryError: false,
  },
  { prefix: 'ruby', errors: both(rubyError), closing: NONE, suspects: NONE, logsEveryError: false },
  { prefix: 'provided', ...CUSTOM },
  { prefix: 'go', ...CUSTOM },
];

/** Error records in which every line is a separate event. In a container image, Python writes them in this way. */
const SPLIT: Record<LogFormat, Readers> = { Text: [pythonSplitError], JSON: [] };

/** The error that the runtime's client logged for this run; undefined if it logged none. */
export function loggedError(
  lines: readonly Line[],
  requestId: string,
  format: LogFormat,
  facts: RuntimeFacts,
): ExecutionError | undefined {
  return firstFound(readersOf(facts, 'errors', format), lines, requestId);
}

/** The error at the end of the run. @param lines all lines of the run */
export function closingError(
  lines: readonly Line[],
  requestId: string,
  format: LogFormat,
  facts: RuntimeFacts,
): ExecutionError | undefined {
  const split = runtimeOf(facts) ? [] : SPLIT[format];
  return firstFound([...readersOf(facts, 'closing', format), ...split, refusedAnswer], lines, requestId);
}

/** An error that either the runtime or the function logged, so it proves neither success nor failure. */
export function suspectedError(
  lines: readonly Line[],
  requestId: string,
  format: LogFormat,
  facts: RuntimeFacts,
): ExecutionError | undefined {
  return firstFound([...readersOf(facts, 'suspects', format), suspectedRefusal], lines, requestId);
}

function readersOf(
  facts: RuntimeFacts,
  kind: 'errors' | 'closing' | 'suspects',
  format: LogFormat,
): Set<ErrorReader> {
  const own = runtimeOf(facts);
  return new Set((own ? [own] : RUNTIMES).flatMap((one) => one[kind][format]));
}

function firstFound(
  readers: Iterable<ErrorReader>,
  lines: readonly Line[],
  requestId: string,
): ExecutionError | undefined {
  for (const read of readers) {
    const error = read(lines, requestId);
    if (error) return error;
  }
  return undefined;
}

const ALL_READERS = new Set([
  ...RUNTIMES.flatMap(({ errors, closing, suspects }) => [errors, closing, suspects])
    .flatMap((readers) => Object.values(readers))
    .flat(),
  suspectedRefusal,
  platformError,
]);
/** Other places in which an error record may contain the request id. */
const NAMES = [/^RequestId: (\S+) /, /^\S+ (\S+) Task timed out/, /requestId="([^"]+)"/];
/** Every JSON record of an error contains one of these words, mostly as its level. */
const ERROR_WORD = /error|fatal/i;

/**
 * Whether a verdict may need the line, because it has the form of an error record of any runtime and any invocation.
 */
export function mayBeErrorRecord(line: Line): boolean {
  const { message } = line.event;
  if (message.startsWith('{') && !ERROR_WORD.test(message)) return false;
  const named = [namedRequestId(line), ...NAMES.map((name) => name.exec(message)?.[1])];
  const ids = new Set(['', ...named.filter((id) => id !== undefined)]);
  return [...ids].some((id) => firstFound(ALL_READERS, [line], id) !== undefined);
}

/** Whether a complete log without an error record proves that the handler succeeded. */
export function silenceProvesSuccess(format: LogFormat, facts: RuntimeFacts): boolean {
  // The record has the level ERROR, so with FATAL it is not in the log.
  if (format === 'JSON' && facts.applicationLogLevel === 'FATAL') return false;
  return runtimeOf(facts)?.logsEveryError ?? false;
}

/** The runtime whose client wrote the log; undefined if it may be any client. */
function runtimeOf({ runtime, packageType, execWrapper }: RuntimeFacts): RuntimeLog | undefined {
  if (runtime === undefined || packageType === 'Image' || execWrapper) return undefined;
  return RUNTIMES.find(({ prefix }) => runtime.startsWith(prefix));
}
