import pino, { type Logger, type LoggerOptions } from 'pino';

/** Whoever reads it must not be waited for long when the process ends. */
const LAST_LINES_MS = 1_000;

export type LogOutput = ReturnType<typeof pino.destination>;

/** Standard output, written in the background: a reader that stalls must not stop the service. */
export function openLogOutput(): LogOutput {
  return pino.destination({ dest: 1, sync: false });
}

/** Waits until all lines are written. An exit before would put the last ones before those under way. */
export function endLogOutput(output: LogOutput): Promise<void> {
  return new Promise((resolve) => {
    output.once('close', resolve).once('error', () => resolve());
    setTimeout(resolve, LAST_LINES_MS);
    output.end();
  });
}

/**
 * JSON lines on standard output. Errors are cut down to what helps: an AWS error may carry the whole request, and
 * with it a payload or credentials.
 */
export function createLogger(level: string, output: LogOutput = openLogOutput()): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  };
  return pino(options, output);
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack, cause } = error;
  const code = (error as { code?: unknown }).code;
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    stack,
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
