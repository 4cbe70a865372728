/**
 * A function's answer byte for byte: text where it is UTF-8 that PostgreSQL can hold as text (it refuses NUL), else the
 * bytes.
 */
export type ResultContent = string | Uint8Array;

/** What Invoke sends for the answers of AWS's runtimes, and the type of every result that names no other. */
export const JSON_TYPE = 'application/json';

/** `ignoreBOM` keeps a byte order mark, which belongs to the answer. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function resultContent(bytes: Uint8Array): ResultContent {
  try {
    return storable(UTF8.decode(bytes));
  } catch {
    return bytes;
  }
}

/** The content in a form that the ledger can hold. */
export function storable(content: ResultContent): ResultContent {
  return typeof content === 'string' && content.includes('\0') ? Buffer.from(content) : content;
}

/** For error objects, which are text: bytes that are not UTF-8 become U+FFFD. */
export function contentText(content: ResultContent): string {
  return typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
}
