/**
 * Go: https://github.com/aws/aws-lambda-go (lambda/invoke_loop.go, logs the error by the standard logger). A function that
 * changes that logger hides the record, so its absence proves nothing; one that logs the error payload of a function that
 * it called writes the same record.
 */
import { parseRecord } from '../../foreign-json.ts';
import { errorFromRecord } from '../../function-error.ts';
import type { ExecutionError } from '../../outcome.ts';
import { type ErrorReader, lastMatch } from './error-reader.ts';

/** The prefix is that of the logger as it is set first. */
const RECORD = /^(?<time>\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d )?(?<json>\{"errorMessage":.*\})\s*$/s;
const MEMBERS = new Set(['errorMessage', 'errorType', 'stackTrace', 'cause']);

const PANICKED = /calling the handler function resulted in a panic, the process should exit\s*$/;

/** The client writes nothing after the record of an error, and one more line after that of a panic. */
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
