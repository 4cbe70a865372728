/** Which forms of error records a run may hold, by the runtime of its function. */
import type { ExecutionError } from '../outcome.ts';
import type { Line, LogFormat } from './line.ts';
import { dotnetSuspectedJson, dotnetSuspectedText } from './runtimes/dotnet.ts';
import type { ErrorReader } from './runtimes/error-reader.ts';
import { goError } from './runtimes/go.ts';
import { javaJsonError, javaTextError } from './runtimes/java.ts';
import { nodeJsonError, nodeSuspectedError, nodeTextError } from './runtimes/nodejs.ts';
import { pythonJsonError, pythonSplitError, pythonTextError } from './runtimes/python.ts';
import { rubyError } from './runtimes/ruby.ts';
import { rustError } from './runtimes/rust.ts';

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
}

interface RuntimeLog {
  /** the runtime's identifiers begin with this */
  prefix: string;
  errors: Record<LogFormat, readonly ErrorReader[]>;
  /** finds records that the client writes of an error, and functions also write themselves */
  suspects?: Partial<Record<LogFormat, ErrorReader>>;
  /** its client logs every error of the handler, and a function cannot easily prevent that */
  logsEveryError: boolean;
}

const CUSTOM = [goError, rustError];

const RUNTIMES: readonly RuntimeLog[] = [
  { prefix: 'python', errors: { Text: [pythonTextError], JSON: [pythonJsonError] }, logsEveryError: true },
  {
    prefix: 'nodejs',
    errors: { Text: [nodeTextError], JSON: [nodeJsonError] },
    suspects: { JSON: nodeSuspectedError },
    logsEveryError: true,
  },
  { prefix: 'java', errors: { Text: [javaTextError], JSON: [javaJsonError] }, logsEveryError: true },
  {
    prefix: 'dotnet',
    errors: { Text: [], JSON: [] },
    suspects: { Text: dotnetSuspectedText, JSON: dotnetSuspectedJson },
    logsEveryError: false,
  },
  { prefix: 'ruby', errors: { Text: [rubyError], JSON: [rubyError] }, logsEveryError: false },
  { prefix: 'provided', errors: { Text: CUSTOM, JSON: CUSTOM }, logsEveryError: false },
  { prefix: 'go', errors: { Text: CUSTOM, JSON: CUSTOM }, logsEveryError: false },
];

/** The error that the runtime's client logged for this run, or undefined when it logged none. */
export function loggedError(
  lines: readonly Line[],
  requestId: string,
  format: LogFormat,
  facts: RuntimeFacts,
): ExecutionError | undefined {
  const own = runtimeOf(facts);
  // A container image may use any client, and so may a function whose configuration could not be read.
  const readers = own
    ? own.errors[format]
    : [...RUNTIMES.flatMap(({ errors }) => errors[format]), ...(format === 'Text' ? [pythonSplitError] : [])];
  for (const read of new Set(readers)) {
    const error = read(lines, requestId);
    if (error) return error;
  }
  return undefined;
}

/** A record that may be the runtime's or the function's own, so it proves neither success nor failure. */
export function suspectedError(
  lines: readonly Line[],
  requestId: string,
  format: LogFormat,
  facts: RuntimeFacts,
): ExecutionError | undefined {
  const own = runtimeOf(facts);
  for (const { suspects } of own ? [own] : RUNTIMES) {
    const error = suspects?.[format]?.(lines, requestId);
    if (error) return error;
  }
  return undefined;
}

/** Whether a complete log without an error record proves that the handler succeeded. */
export function silenceProvesSuccess(format: LogFormat, facts: RuntimeFacts): boolean {
  // At FATAL the record, which has the level ERROR, is left out.
  if (format === 'JSON' && facts.applicationLogLevel === 'FATAL') return false;
  return runtimeOf(facts)?.logsEveryError ?? false;
}

function runtimeOf({ runtime, packageType }: RuntimeFacts): RuntimeLog | undefined {
  if (runtime === undefined || packageType === 'Image') return undefined;
  return RUNTIMES.find(({ prefix }) => runtime.startsWith(prefix));
}
