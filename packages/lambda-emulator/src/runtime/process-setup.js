/** Command line and environment variables of a function's process. */
import { fileURLToPath } from 'node:url';

const BOOTSTRAPS = {
  python: fileURLToPath(new URL('./bootstrap/python.py', import.meta.url)),
  nodejs: fileURLToPath(new URL('./bootstrap/node.mjs', import.meta.url)),
};
export function processCommand(settings, setup) {
  const runtime =
    settings.language === 'python'
      ? [setup.python]
      : [process.execPath, ...nodeMemoryOptions(settings.memoryMb)];
  // The shell joins standard error to standard output: one pipe keeps the order in which the lines were written.
  return ['/bin/sh', ['-c', 'exec "$@" 2>&1', 'sh', ...runtime, BOOTSTRAPS[settings.language]]];
}
/** Lets V8 collect in time: without a limit it takes the machine's memory for the function's. */
function nodeMemoryOptions(memoryMb) {
  const youngMb = Math.max(1, Math.floor(memoryMb / 20));
  return [`--max-old-space-size=${memoryMb}`, `--max-semi-space-size=${youngMb}`];
}
/**
 * Nothing of the host's environment but what finding programs, the network and AWS takes: a function must not see,
 * or depend on, the secrets of whoever started the endpoint.
 */
const PASSED_THROUGH = /^(PATH|HOME|TMPDIR|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_(FILE|DIR)|AWS_.+)$/i;
/** @param runtimeApi host and port */
export function processEnvironment(settings, version, logStream, runtimeApi, setup) {
  const host = Object.entries(process.env).filter(([name]) => PASSED_THROUGH.test(name));
  return {
    LANG: 'en_US.UTF-8',
    ...Object.fromEntries(host),
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
    AWS_EXECUTION_ENV: `AWS_Lambda_${settings.runtime}`,
    AWS_REGION: setup.region,
    AWS_DEFAULT_REGION: setup.region,
    LAMBDA_TASK_ROOT: settings.folder,
    LAMBDA_RUNTIME_DIR: fileURLToPath(new URL('./bootstrap', import.meta.url)),
    _HANDLER: settings.handler,
    TZ: ':UTC',
    // The function's folder stays as the user left it; in Lambda it is read-only.
    PYTHONDONTWRITEBYTECODE: '1',
  };
}
//# sourceMappingURL=process-setup.js.map
