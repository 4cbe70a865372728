/**
 * .NET: https://github.com/aws/aws-lambda-dotnet (LambdaBootstrap.cs, ConsoleLoggerWriter.cs). The client writes an
 * exception in the same form as a function does with `Console.Error.WriteLine(exception)` or
 * `ILambdaLogger.LogError(exception, ...)`. So no record is certainly the client's. No client is published for other
 * machines than Lambda's, so the form comes from the source.
 */
import { parseRecord } from '../../foreign-json.ts';
import { describeError, errorFromRecord } from '../../function-error.ts';
import { type ErrorReader, lastMatch } from './error-reader.ts';

/** `<time>⇥<id>⇥fail⇥TYPE: MESSAGE`, followed by frames that begin with three spaces and `at`. */
const RECORD = /^\S+\t(?<id>\S*)\tfail\t(?<type>[\w.+`]+): (?<message>.*?)\r?\n(?<trace> {3}(?:at|---) .*)$/s;
const TYPE = /Exception|Error/;

export const dotnetSuspectedText: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (line) => {
    const { id, type, message, trace } = RECORD.exec(line)?.groups ?? {};
    if (id !== requestId || message === undefined || type === undefined || !TYPE.test(type)) return undefined;
    return describeError(type, message, trace?.trimEnd().split(/\r?\n/));
  });

export const dotnetSuspectedJson: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (line) => {
    if (!line.startsWith('{') || !line.includes('"errorType"')) return undefined;
    const body = parseRecord(line);
    const own = body?.['requestId'] === requestId && String(body['level']).toLowerCase() === 'error';
    return own && body ? errorFromRecord(body) : undefined;
  });
