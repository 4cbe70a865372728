/**
 * Ruby: https://github.com/aws/aws-lambda-ruby-runtime-interface-client (LambdaLogger). The record is one event: a
 * sentence, and then the error as JSON, with types such as `Function<RuntimeError>`. No client is published for
 * other machines than Lambda's. So the form comes from the source, and a log without a record does not prove success.
 */
import { parseRecord } from '../../foreign-json.ts';
import { errorFromRecord } from '../../function-error.ts';
import { type ErrorReader, lastMatch } from './error-reader.ts';

const RECORD =
  /^(?:Error raised from handler method|Init error when loading handler[^\r\n]*)\r?\n?\s*(?<json>\{.*\})\s*$/s;

export const rubyError: ErrorReader = (lines) =>
  lastMatch(lines, (message) => {
    const json = RECORD.exec(message)?.groups?.['json'];
    const body = json === undefined ? undefined : parseRecord(json);
    return body && errorFromRecord(body);
  });
