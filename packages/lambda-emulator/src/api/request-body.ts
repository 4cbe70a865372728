import type { IncomingMessage } from 'node:http';

/**
 * Reads a body to its end, keeping up to `limitBytes` of it. The rest of a larger body is read and discarded: a client
 * whose connection is closed while it is still sending would get a connection error instead of the 413.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | 'too_large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limitBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size > limitBytes ? 'too_large' : Buffer.concat(chunks);
}
