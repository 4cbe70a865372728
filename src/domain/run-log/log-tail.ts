/**
 * The length of the log tail that Lambda returns: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 * (LogResult).
 */
const TAIL_BYTES = 4096;

/**
 * The last 4096 bytes of a log as text. It is cut between two characters, and without NUL, which PostgreSQL refuses.
 */
export function logTail(lines: readonly string[]): string {
  const tail: string[] = [];
  let length = 0;
  for (let index = lines.length - 1; index >= 0 && length < TAIL_BYTES; index -= 1) {
    // The last 4096 UTF-16 units have at least 4096 bytes, so the beginning of a longer line is not needed.
    const line = (lines[index] ?? '').replace(/\r?\n$/, '').slice(-TAIL_BYTES);
    tail.unshift(line);
    length += line.length + 1;
  }
  return lastBytes(tail.join('\n').replaceAll('\0', '\uFFFD'));
}

function lastBytes(text: string): string {
  const bytes = Buffer.from(text.toWellFormed());
  let start = Math.max(0, bytes.length - TAIL_BYTES);
  // A byte 10xxxxxx continues a character that began earlier.
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start).toString('utf8');
}
