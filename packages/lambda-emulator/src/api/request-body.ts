import type { IncomingMessage } from 'node:http';

/**
 * Reads a body to its end, keeping up to `limitBytes` of it. The rest of a larger one is read and dropped: a client
 * whose connection is closed while it still sends would see a broken connection in place of the 413.
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
