/**
 * Go: https://github.com/aws/aws-lambda-go (lambda/invoke_loop.go, logs the error by the standard logger). A function that
 * changes that logger hides the record, so its absence proves nothing.
 */
import { parseRecord } from '../../foreign-json.ts';
import { errorFromRecord } from '../../function-error.ts';
import { type ErrorReader, lastMatch } from './error-reader.ts';

const RECORD = /^(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d+)? )?(?<json>\{"errorMessage":.*\})\s*$/s;
const MEMBERS = new Set(['errorMessage', 'errorType', 'stackTrace', 'cause']);

export const goError: ErrorReader = (lines) =>
  lastMatch(lines, (message) => {
    const json = RECORD.exec(message)?.groups?.['json'];
    const body = json === undefined ? undefined : parseRecord(json);
    if (!body || !Object.keys(body).every((name) => MEMBERS.has(name)) || !('errorType' in body))
      return undefined;
    return errorFromRecord(body);
  });
