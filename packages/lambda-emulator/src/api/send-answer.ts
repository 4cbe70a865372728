/** Sends an answer to the caller: whole, or as an injected fault prescribes. */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Answer } from '../model.ts';

export function sendAnswer(response: ServerResponse, answer: Answer, requestId: string): void {
  const { status, headers = {}, body, stream, delivery = 'whole' } = answer;
  // Sends nothing: the caller waits until it closes the connection or the emulator stops.
  if (delivery === 'silent') return;
  if (delivery === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const length = bytes?.length ?? 0;
  if (delivery === 'cut_short' && length === 0) {
    const line = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
    response.socket?.end(`${line}x-amzn-requestid: ${requestId.slice(0, requestId.length / 2)}`);
    return;
  }
  response.writeHead(status, {
    ...(!answer.withoutRequestId && { 'x-amzn-requestid': requestId }),
    ...(bytes && { 'Content-Type': 'application/json' }),
    ...(status !== 204 && !stream && { 'Content-Length': String(length) }),
    ...headers,
  });
  if (stream) {
    stream(response);
    return;
  }
  if (delivery === 'whole') {
    response.end(bytes);
    return;
  }
  response.write(bytes?.subarray(0, Math.floor(length / 2)), () => response.socket?.end());
}
