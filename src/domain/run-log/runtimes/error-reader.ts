import type { ExecutionError } from '../../outcome.ts';
import type { Line } from '../line.ts';

/**
 * Finds the record in which a runtime interface client (a runtime's "client" for short) reports an error of the
 * handler, in the exact form of that client. What functions print or log themselves has other forms and must not be
 * found.
 *
 * @param lines of one run, between START and END
 */
export type ErrorReader = (lines: readonly Line[], requestId: string) => ExecutionError | undefined;

/**
 * A message of this length may be cut. Lambda cut longer lines into events of 256 KB, the maximum of CloudWatch until
 * April 2025. Now the maximum is 1 MB, and AWS has not published whether Lambda still cuts:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
 */
const CUT_BYTES = 250_000;

/** Whether the platform may have cut the event, so that the rest of its record is missing. */
export function mayBeCut(message: string): boolean {
  return message.length >= CUT_BYTES || Buffer.byteLength(message) >= CUT_BYTES;
}

/** The last line for which `read` finds something. */
export function lastMatch<T>(
  lines: readonly Line[],
  read: (message: string) => T | undefined,
): T | undefined {
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const found = read(lines[at]?.event.message ?? '');
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The text of a JSON string. Functions may write invalid JSON, for example with a tab inside a string. */
export function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}
