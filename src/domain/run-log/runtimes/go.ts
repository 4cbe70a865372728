/**
 * Go: https://github.com/aws/aws-lambda-go (lambda/invoke_loop.go). The client logs the error with the standard logger.
 * If a function changes that logger, there is no such record, so its absence proves nothing. A function may also write
 * the same record: when it invokes another function and logs the error payload of that function.
 */
import { parseRecord } from '../../foreign-json.ts';
import { errorFromRecord } from '../../function-error.ts';
import type { ExecutionError } from '../../outcome.ts';
import { type ErrorReader, lastMatch } from './error-reader.ts';

/** The time is the prefix of the standard logger with its default settings. */
const RECORD = /^(?<time>\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d )?(?<json>\{"errorMessage":.*\})\s*$/s;
const MEMBERS = new Set(['errorMessage', 'errorType', 'stackTrace', 'cause']);

const PANICKED = /calling the handler function resulted in a panic, the process should exit\s*$/;

/**
 * After the record of an error, the client writes nothing more; after the record of a panic, it writes one more line.
 */
export const goClosingError: ErrorReader = (lines) => {
  const messages = lines.map(({ event }) => event.message);
  const panicked = PANICKED.test(messages.at(-1) ?? '');
  const last = messages.at(panicked ? -2 : -1) ?? '';
  return RECORD.exec(last)?.groups?.['time'] === undefined ? undefined : readRecord(last);
};

export const goSuspectedError: ErrorReader = (lines) => lastMatch(lines, readRecord);

function readRecord(message: string): ExecutionError | undefined {
  const json = RECORD.exec(message)?.groups?.['json'];
  const body = json === undefined ? undefined : parseRecord(json);
  if (!body || !('errorType' in body)) return undefined;
  return Object.keys(body).every((name) => MEMBERS.has(name)) ? errorFromRecord(body) : undefined;
}
