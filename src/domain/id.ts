import { randomBytes } from 'node:crypto';

/**
 * A UUIDv7 (RFC 9562): the first 48 bits are the milliseconds since 1970, so that ids sort by creation and the
 * newest executions lie side by side in the index.
 */
export function newId(now: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The X-Ray trace root of an attempt, `1-<8 hex of time>-<24 hex>`: a name that the bridge chooses before the
 * invocation, so that a lost answer can still be found in the log (one more piece of evidence, never the only one).
 * Format: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
 */
export function traceRoot(executionId: string, attempt: number): string {
  const hex = executionId.replaceAll('-', '');
  const seconds = Math.floor(Number.parseInt(hex.slice(0, 12), 16) / 1000);
  const unique = hex.slice(12) + attempt.toString(16).padStart(4, '0');
  return `1-${seconds.toString(16).padStart(8, '0')}-${unique.slice(-24)}`;
}
