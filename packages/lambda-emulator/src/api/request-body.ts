import type { IncomingMessage } from 'node:http';

/**
 * Reads a body to its end and keeps up to `limitBytes` of it. The rest of a larger body is read and discarded. If the
 * connection were closed while the client is still sending, the client would get a connection error and not the 413.
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
