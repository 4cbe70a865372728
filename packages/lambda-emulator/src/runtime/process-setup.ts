/** Command line and environment variables of a function's process. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FunctionSettings } from '../functions/function-settings.ts';

export interface ProcessSetup {
  region: string;
  /** the Python interpreter: a path, or a name on the PATH */
  python: string;
  /** environment variables for every function; a function's own override them */
  environment: Record<string, string>;
}

/** The number of the telemetry pipe in the process, after those of the standard streams. */
const TELEMETRY_FD = '3';

const BOOTSTRAPS = {
  python: fileURLToPath(new URL('./bootstrap/python.py', import.meta.url)),
  nodejs: fileURLToPath(new URL('./bootstrap/node.mjs', import.meta.url)),
};

export function processCommand(settings: FunctionSettings, setup: ProcessSetup): [string, string[]] {
  // The shell redirects standard error to standard output: a single pipe keeps the order of the lines.
  return ['/bin/sh', ['-c', 'exec "$@" 2>&1', 'sh', ...programOf(settings, setup)]];
}

function programOf({ language, folder, memoryMb }: FunctionSettings, { python }: ProcessSetup): string[] {
  if (language === 'custom') return [join(folder, 'bootstrap')];
  if (language === 'python') return [python, BOOTSTRAPS.python];
  return [process.execPath, ...nodeMemoryOptions(memoryMb), BOOTSTRAPS.nodejs];
}

/**
 * Whether the process gets the telemetry pipe. In Lambda, the clients of managed runtimes get it. The emulator's own
 * bootstraps do not need it.
 */
export function hasTelemetryPipe(settings: FunctionSettings): boolean {
  return settings.language === 'custom' && !isOsOnly(settings);
}

function isOsOnly({ runtime }: FunctionSettings): boolean {
  return runtime.startsWith('provided');
}

/**
 * Limits V8's heap. Otherwise V8 uses the machine's memory as the limit, and collects garbage too late for the
 * function's memory.
 */
function nodeMemoryOptions(memoryMb: number): string[] {
  const youngMb = Math.max(1, Math.floor(memoryMb / 20));
  return [`--max-old-space-size=${memoryMb}`, `--max-semi-space-size=${youngMb}`];
}

/**
 * The host's variables that functions get: those needed to find programs and to reach the network and AWS. Functions
 * must not see, or depend on, secrets of the user who started the emulator.
 */
const PASSED_THROUGH = /^(PATH|HOME|TMPDIR|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_(FILE|DIR)|AWS_.+)$/i;

/** @param runtimeApi host and port */
export function processEnvironment(
  settings: FunctionSettings,
  version: string,
  logStream: string,
  runtimeApi: string,
  setup: ProcessSetup,
): Record<string, string> {
  const host = Object.entries(process.env).filter(([name]) => PASSED_THROUGH.test(name));
  return {
    LANG: 'en_US.UTF-8',
    ...(Object.fromEntries(host) as Record<string, string>),
    ...setup.environment,
    ...settings.environment,
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: settings.name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: settings.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_LAMBDA_LOG_FORMAT: settings.logFormat,
    ...(settings.logFormat === 'JSON' && { AWS_LAMBDA_LOG_LEVEL: settings.applicationLogLevel }),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    ...(!isOsOnly(settings) && { AWS_EXECUTION_ENV: `AWS_Lambda_${settings.runtime}` }),
    ...(hasTelemetryPipe(settings) && { _LAMBDA_TELEMETRY_LOG_FD: TELEMETRY_FD }),
    AWS_REGION: setup.region,
    AWS_DEFAULT_REGION: setup.region,
    LAMBDA_TASK_ROOT: settings.folder,
    LAMBDA_RUNTIME_DIR: fileURLToPath(new URL('./bootstrap', import.meta.url)),
    _HANDLER: settings.handler,
    TZ: ':UTC',
    // Don't write into the function's folder: in Lambda it is read-only.
    PYTHONDONTWRITEBYTECODE: '1',
  };
}
