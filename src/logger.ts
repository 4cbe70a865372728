import pino, { type Logger, type LoggerOptions } from 'pino';

/** How long the end of the process waits for the last lines, because the reader of the output may be slow. */
const LAST_LINES_MS = 1_000;

export type LogOutput = ReturnType<typeof pino.destination>;

/** Standard output. It is written in the background, so that a reader which stops reading cannot stop the service. */
export function openLogOutput(): LogOutput {
  return pino.destination({ dest: 1, sync: false });
}

/**
 * Waits until all lines are written. If the process exited earlier, the last lines could come before lines not yet
 * written.
 */
export function endLogOutput(output: LogOutput): Promise<void> {
  return new Promise((resolve) => {
    output.once('close', resolve).once('error', () => resolve());
    setTimeout(resolve, LAST_LINES_MS);
    output.end();
  });
}

/**
 * JSON lines on standard output. Only some members of an error are logged: an AWS error may contain the whole request,
 * and so a payload or credentials.
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
