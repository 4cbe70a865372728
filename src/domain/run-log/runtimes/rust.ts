/**
 * Rust: https://github.com/awslabs/aws-lambda-rust-runtime (lambda-runtime, tracing events of the service). The records
 * are written only if the function installs a subscriber for them, so their absence proves nothing. `tracing::error!`
 * in a handler writes the same form, so a record proves nothing either.
 */
import { asRecord, asText, parseRecord } from '../../foreign-json.ts';
import { describeError } from '../../function-error.ts';
import { type ErrorReader, lastMatch } from './error-reader.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with ESC
const COLOURS = /\u001b\[[0-9;]*m/g;
const RECORD = /(?:^|\s)ERROR (?:\S+ )?Lambda runtime invoke\{(?<fields>[^}]*)\}: (?<text>.*)$/s;

export const rustSuspectedError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const text = textOf(message, requestId);
    return text === undefined ? undefined : describeError(undefined, unquote(text));
  });

function textOf(message: string, requestId: string): string | undefined {
  if (message.startsWith('{')) return textOfRecord(message, requestId);
  const { fields = '', text } = RECORD.exec(message.replace(COLOURS, '').trimEnd())?.groups ?? {};
  return fields.includes(`requestId="${requestId}"`) ? text : undefined;
}

/** The text of the same record in JSON format. */
function textOfRecord(message: string, requestId: string): string | undefined {
  if (!message.includes('Lambda runtime invoke')) return undefined;
  const body = parseRecord(message);
  const span = asRecord(body?.['span']);
  if (body?.['level'] !== 'ERROR' || span?.['name'] !== 'Lambda runtime invoke') return undefined;
  if (span['requestId'] !== requestId) return undefined;
  const fields = asRecord(body['fields']);
  return asText(fields?.['message'] ?? body['message']);
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
