import { randomBytes } from 'node:crypto';

/**
 * A UUIDv7 (RFC 9562). Its first 48 bits are the milliseconds since 1970. So ids sort by creation time, and the newest
 * executions are next to each other in the index.
 */
export function newId(now: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return toUuid(now, bytes.toString('hex').slice(12));
}

const TRACE_ROOT = /^1-([0-9a-f]{8})-([0-9a-f]{20})([0-9a-f]{4})$/;

/** What a trace root shows about the attempt for which it was made. */
export interface TraceRootParts {
  /** the first and the last possible id of an execution that was created in the second of the trace root */
  firstId: string;
  lastId: string;
  /** the last 20 hexadecimal digits of the execution's id */
  idTail: string;
  number: number;
}

/** @returns undefined if the bridge cannot have chosen this trace root */
export function parseTraceRoot(root: string): TraceRootParts | undefined {
  const [, seconds, idTail, number] = TRACE_ROOT.exec(root) ?? [];
  if (seconds === undefined || idTail === undefined || number === undefined) return undefined;
  const from = Number.parseInt(seconds, 16) * 1_000;
  return {
    firstId: toUuid(from, '0'.repeat(20)),
    lastId: toUuid(from + 999, 'f'.repeat(20)),
    idTail,
    number: Number.parseInt(number, 16),
  };
}

/** @param tail the last 20 hexadecimal digits */
function toUuid(milliseconds: number, tail: string): string {
  const hex = milliseconds.toString(16).padStart(12, '0') + tail;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The X-Ray trace root of an attempt, `1-<8 hex of time>-<24 hex>`. The bridge chooses it before the invocation, so
 * that it can find the run if the answer is lost. It is additional evidence, and never the only one. Format:
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
 */
export function traceRoot(executionId: string, attempt: number): string {
  const hex = executionId.replaceAll('-', '');
  const seconds = Math.floor(Number.parseInt(hex.slice(0, 12), 16) / 1000);
  const unique = hex.slice(12) + attempt.toString(16).padStart(4, '0');
  return `1-${seconds.toString(16).padStart(8, '0')}-${unique.slice(-24)}`;
}
