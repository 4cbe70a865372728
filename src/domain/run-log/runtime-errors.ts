/** Which forms of error records a run may hold, by the runtime of its function. */
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
  /** `python3.13`; absent for container images and where the configuration could not be read */
  runtime?: string;
  packageType?: string;
  logFormat?: LogFormat;
  /** of JSON logs: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html */
  applicationLogLevel?: string;
  /** Managed Instances: https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html */
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
  /** records that only the client writes */
  errors: Record<LogFormat, Readers>;
  /** records that only the client writes at the end of a run: they prove a failure where the run was read whole */
  closing: Record<LogFormat, Readers>;
  /** records that the client writes of an error, and functions also write themselves */
  suspects: Record<LogFormat, Readers>;
  /** its client logs every error of the handler, and a function cannot easily prevent that */
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

/** In container images and Python's own split form: every line is an event of its own. */
const SPLIT: Record<LogFormat, Readers> = { Text: [pythonSplitError], JSON: [] };

/** The error that the runtime's client logged for this run, or undefined when it logged none. */
export function loggedError(
  lines: readonly Line[],
  requestId: string,
  format: LogFormat,
  facts: RuntimeFacts,
): ExecutionError | undefined {
  return firstFound(readersOf(facts, 'errors', format), lines, requestId);
}

/** The error with which the run ends. @param lines of a run that was read whole */
export function closingError(
  lines: readonly Line[],
  requestId: string,
  format: LogFormat,
  facts: RuntimeFacts,
): ExecutionError | undefined {
  const split = runtimeOf(facts) ? [] : SPLIT[format];
  return firstFound([...readersOf(facts, 'closing', format), ...split, refusedAnswer], lines, requestId);
}

/** A record that may be the runtime's or the function's own, so it proves neither success nor failure. */
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
/** Where records that are no platform lines name the invocation in other ways. */
const NAMES = [/^RequestId: (\S+) /, /^\S+ (\S+) Task timed out/, /requestId="([^"]+)"/];
/** Every JSON record of an error has one of these words, mostly as its level. */
const ERROR_WORD = /error|fatal/i;

/** Whether a verdict may need the line: it has the form of an error record, of whatever runtime and invocation. */
export function mayBeErrorRecord(line: Line): boolean {
  const { message } = line.event;
  if (message.startsWith('{') && !ERROR_WORD.test(message)) return false;
  const named = [namedRequestId(line), ...NAMES.map((name) => name.exec(message)?.[1])];
  const ids = new Set(['', ...named.filter((id) => id !== undefined)]);
  return [...ids].some((id) => firstFound(ALL_READERS, [line], id) !== undefined);
}

/** Whether a complete log without an error record proves that the handler succeeded. */
export function silenceProvesSuccess(format: LogFormat, facts: RuntimeFacts): boolean {
  // At FATAL the record, which has the level ERROR, is left out.
  if (format === 'JSON' && facts.applicationLogLevel === 'FATAL') return false;
  return runtimeOf(facts)?.logsEveryError ?? false;
}

/** Undefined where any client may have written the log. */
function runtimeOf({ runtime, packageType, execWrapper }: RuntimeFacts): RuntimeLog | undefined {
  if (runtime === undefined || packageType === 'Image' || execWrapper) return undefined;
  return RUNTIMES.find(({ prefix }) => runtime.startsWith(prefix));
}
