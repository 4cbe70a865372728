import type { ExecutionError } from '../../outcome.ts';
import type { Line } from '../line.ts';

/**
 * Finds the record in which a runtime interface client reports an error of the handler, in the exact form of that
 * client. What users print or log themselves has other forms and must not be found.
 *
 * @param lines of one run, between START and END
 */
export type ErrorReader = (lines: readonly Line[], requestId: string) => ExecutionError | undefined;

/**
 * Lambda cut lines into events of 256 KB, the most that CloudWatch took until April 2025; now it takes 1 MB, and whether
 * Lambda still cuts is not published: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
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

/** The text of a string in JSON. Functions write JSON that is none, with a tab inside a string for example. */
export function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}
