/** The command line of the emulator: `airflow-lambda-bridge local`, or `lambda-emulator`. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FaultScriptError, readFaultScript } from './faults/fault-script.js';
import { FunctionFolderError } from './functions/function-folder.js';
import { startLocalLambda } from './server.js';

const USAGE = `Usage: airflow-lambda-bridge local --functions DIR [options]

Serves the functions of a folder through the Lambda and CloudWatch Logs APIs, for the unchanged AWS SDKs and CLI.

  --functions DIR        folder with one sub-folder per function
  --port N               port to listen on (9001; 0: a free one)
  --host H               address to listen on (127.0.0.1)
  --region R             AWS region of the functions (AWS_REGION, else us-east-1)
  --retry-delays S,S     seconds before the further tries of an asynchronous event (60,120)
  --concurrency N        invocations at the same time over all functions (100)
  --python PATH          Python interpreter for Python functions (python3)
  --faults FILE          JSON file that says what goes wrong, and how often (nothing)
  --log-delay S,S        least and most seconds until a log line can be read (0,0)`;
const DEFAULT_PORT = 9001;
const BAD_ARGUMENTS_EXIT_CODE = 2;
class UsageError extends Error {}
/** Runs until SIGTERM or SIGINT. Bad arguments set the exit code 2, a start that fails 1. */
export async function runEmulator(argv) {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE);
    return;
  }
  let local;
  try {
    local = await startLocalLambda(await readOptions(argv));
  } catch (error) {
    reportFailure(error);
    return;
  }
  const stopAsked = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  console.log(`Local Lambda endpoint on ${local.url} serves ${local.functionNames.join(', ')}`);
  await stopAsked;
  await local.stop();
}
async function readOptions(argv) {
  const values = parse(argv);
  if (!values.functions) throw new UsageError('--functions is missing: name the folder of the functions.');
  const options = { functionsDir: values.functions, port: DEFAULT_PORT };
  if (values.port !== undefined) options.port = readInteger('--port', values.port, 0, 65_535);
  if (values.concurrency !== undefined) {
    options.concurrency = readInteger('--concurrency', values.concurrency, 1, 10_000);
  }
  if (values['retry-delays'] !== undefined) options.retryDelaysSeconds = readDelays(values['retry-delays']);
  if (values.host !== undefined) options.host = values.host;
  if (values.region !== undefined) options.region = values.region;
  // Functions start in their own folders, so a relative path would lead elsewhere.
  if (values.python !== undefined)
    options.python = values.python.includes('/') ? resolve(values.python) : values.python;
  if (values['log-delay'] !== undefined) options.logDelaySeconds = readRange(values['log-delay']);
  if (values.faults !== undefined) options.faults = await readFaultScript(values.faults);
  return options;
}
function parse(argv) {
  const string = { type: 'string' };
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
    throw new UsageError(error.message);
  }
}
function readInteger(option, text, least, most) {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${option} must be a whole number from ${least} to ${most}, not "${text}".`);
}
function readDelays(text) {
  if (/^\d+(\.\d+)?(,\d+(\.\d+)?)*$/.test(text)) return text.split(',').map(Number);
  throw new UsageError(`--retry-delays must be seconds separated by commas, such as 60,120, not "${text}".`);
}
function readRange(text) {
  const [, least, most] = /^(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (least !== undefined && most !== undefined) return [Number(least), Number(most)];
  throw new UsageError(`--log-delay must be two numbers of seconds, such as 1,5, not "${text}".`);
}
function reportFailure(error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = BAD_ARGUMENTS_EXIT_CODE;
    return;
  }
  const isSystemError = error instanceof Error && 'syscall' in error;
  const isFileFault = error instanceof FunctionFolderError || error instanceof FaultScriptError;
  if (!(isFileFault || isSystemError)) throw error;
  console.error(isSystemError ? `The local Lambda endpoint cannot listen: ${error.message}.` : error.message);
  process.exitCode = 1;
}
//# sourceMappingURL=command.js.map
