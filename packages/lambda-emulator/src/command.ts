/** The command line of the emulator: `airflow-lambda-bridge local`, or `lambda-emulator`. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FaultScriptError, readFaultScript } from './faults/fault-script.ts';
import type { SecondsRange } from './faults/random.ts';
import { FunctionFolderError } from './functions/function-folder.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from './server.ts';

const USAGE = `Usage: airflow-lambda-bridge local --functions DIR [options]

Runs the Lambda emulator: serves the functions of a folder through the APIs of Lambda and CloudWatch Logs, and
part of X-Ray and CloudWatch, for unmodified AWS SDKs and the AWS CLI.

  --functions DIR        folder with one subfolder per function
  --port N               port to listen on (9001; 0 chooses a free port)
  --host H               address to listen on (127.0.0.1)
  --region R             AWS region of the functions (AWS_REGION, else us-east-1)
  --retry-delays S,S     seconds before each retry of an asynchronous event (60,120)
  --concurrency N        maximum concurrent invocations of all functions together (100)
  --python PATH          Python interpreter for Python functions (python3)
  --faults FILE          fault script: a JSON file with the faults to inject (none)
  --log-delay S,S        minimum and maximum seconds until a log line can be read (0,0)`;

const DEFAULT_PORT = 9001;
const BAD_ARGUMENTS_EXIT_CODE = 2;

class UsageError extends Error {}

/** Runs until SIGTERM or SIGINT. Sets exit code 2 for invalid arguments, 1 if the start fails. */
export async function runEmulator(argv: string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE);
    return;
  }
  let local: Emulator;
  try {
    local = await startEmulator(await readOptions(argv));
  } catch (error) {
    reportFailure(error);
    return;
  }
  const stopSignal = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  console.log(`Local Lambda emulator on ${local.url} serves ${local.functionNames.join(', ')}`);
  await stopSignal;
  await local.stop();
}

async function readOptions(argv: string[]): Promise<EmulatorOptions> {
  const values = parse(argv);
  if (!values.functions) throw new UsageError('--functions is missing: give the folder with the functions.');
  const options: EmulatorOptions = { functionsDir: values.functions, port: DEFAULT_PORT };
  if (values.port !== undefined) options.port = readInteger('--port', values.port, 0, 65_535);
  if (values.concurrency !== undefined) {
    options.concurrency = readInteger('--concurrency', values.concurrency, 1, 10_000);
  }
  if (values['retry-delays'] !== undefined) options.retryDelaysSeconds = readDelays(values['retry-delays']);
  if (values.host !== undefined) options.host = values.host;
  if (values.region !== undefined) options.region = values.region;
  // A function's process starts in the function's folder, where a relative path would not resolve.
  if (values.python !== undefined)
    options.python = values.python.includes('/') ? resolve(values.python) : values.python;
  if (values['log-delay'] !== undefined) options.logDelaySeconds = readRange(values['log-delay']);
  if (values.faults !== undefined) options.faults = await readFaultScript(values.faults);
  return options;
}

function parse(argv: string[]) {
  const string = { type: 'string' } as const;
  try {
    const options = {
      functions: string,
      port: string,
      host: string,
      region: string,
      'retry-delays': string,
      concurrency: string,
      python: string,
      faults: string,
      'log-delay': string,
    };
    return parseArgs({ args: argv, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readInteger(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${option} must be a whole number from ${min} to ${max}, not "${text}".`);
}

function readDelays(text: string): number[] {
  if (/^\d+(\.\d+)?(,\d+(\.\d+)?)*$/.test(text)) return text.split(',').map(Number);
  throw new UsageError(`--retry-delays must be seconds separated by commas, such as 60,120, not "${text}".`);
}

function readRange(text: string): SecondsRange {
  const [, min, max] = /^(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (min !== undefined && max !== undefined) return [Number(min), Number(max)];
  throw new UsageError(`--log-delay must be two numbers of seconds, such as 1,5, not "${text}".`);
}

function reportFailure(error: unknown): void {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = BAD_ARGUMENTS_EXIT_CODE;
    return;
  }
  const isSystemError = error instanceof Error && 'syscall' in error;
  const isFileError = error instanceof FunctionFolderError || error instanceof FaultScriptError;
  if (!(isFileError || isSystemError)) throw error;
  console.error(isSystemError ? `The Lambda emulator cannot listen: ${error.message}.` : error.message);
  process.exitCode = 1;
}
