/**
 * A function's result, byte for byte. It is text if it is UTF-8 without NUL, which PostgreSQL cannot store as text.
 * Otherwise it is the bytes.
 */
export type ResultContent = string | Uint8Array;

/**
 * The content type that Lambda sends for results of AWS's runtimes. A result without a type counts as this type, too.
 */
export const JSON_TYPE = 'application/json';

/** With `ignoreBOM`, the decoder keeps a byte order mark, which is part of the result. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function resultContent(bytes: Uint8Array): ResultContent {
  try {
    return storable(UTF8.decode(bytes));
  } catch {
    return bytes;
  }
}

/** The content in a form that the ledger can store. */
export function storable(content: ResultContent): ResultContent {
  return typeof content === 'string' && content.includes('\0') ? Buffer.from(content) : content;
}

/** The content as text, for error objects. Bytes that are not UTF-8 become U+FFFD. */
export function contentText(content: ResultContent): string {
  return typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
}
