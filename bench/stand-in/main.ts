/**
 * Stands in for AWS at wire level: Invoke and the settings of functions of Lambda, and FilterLogEvents of CloudWatch Logs.
 * Light, so that it limits nobody. The name of a function says what it does: `functions.ts`.
 *
 *   node bench/stand-in/main.ts PORT
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { LogsApi } from '../../packages/lambda-emulator/src/api/logs-api.ts';
import { LogStore } from '../../packages/lambda-emulator/src/logs/log-store.ts';
import type { StandInCounts } from './counts.ts';
import { behaviourOf, describe, REGION } from './functions.ts';
import { logRun, logTail } from './run-log.ts';

const store = new LogStore();
const logs = new LogsApi(store, REGION);
const counts: StandInCounts = { invokes: 0, logCalls: 0 };
const RESULT = '{"ok":true}';

const server = createServer((request, answer) => {
  const url = request.url ?? '';
  const name = /^\/2015-03-31\/functions\/([^/?]+)\/invocations/.exec(url)?.[1];
  if (name !== undefined) return invoke(decodeURIComponent(name), request, answer);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string' && target.startsWith('Logs_')) return readLogs(target, request, answer);
  const found = url === '/counts' ? counts : describe(url);
  return found
    ? json(answer, 200, found)
    : json(answer, request.method === 'POST' ? 400 : 404, { message: 'none' }, 'ResourceNotFoundException');
});
// Clients keep their connections over the pauses between the rows.
server.keepAliveTimeout = 0;
server.listen(Number(process.argv[2]), '127.0.0.1');

function invoke(name: string, request: IncomingMessage, answer: ServerResponse): void {
  const requestId = randomUUID();
  const isEvent = request.headers['x-amz-invocation-type'] === 'Event';
  request.resume().once('end', () => {
    counts.invokes += 1;
    if (isEvent) {
      logRun(store, name, requestId);
      answer.writeHead(202, { 'x-amzn-requestid': requestId, 'content-length': 0 }).end();
      return;
    }
    const { answerAfterMs } = behaviourOf(name);
    if (answerAfterMs > 0) setTimeout(() => succeed(answer, requestId), answerAfterMs);
    else succeed(answer, requestId);
  });
}

function succeed(answer: ServerResponse, requestId: string): void {
  answer.writeHead(200, {
    'content-type': 'application/json',
    'content-length': RESULT.length,
    'x-amzn-requestid': requestId,
    'x-amz-executed-version': '$LATEST',
    'x-amz-log-result': logTail(requestId),
  });
  answer.end(RESULT);
}

async function readLogs(target: string, request: IncomingMessage, answer: ServerResponse): Promise<void> {
  counts.logCalls += 1;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    const input = JSON.parse(Buffer.concat(chunks).toString()) as object;
    json(answer, 200, logs.call(target.split('.')[1] ?? '', input));
  } catch (error) {
    const { name, message } = error as Error;
    json(answer, 400, { message }, name);
  }
}

function json(answer: ServerResponse, status: number, body: object, errorType?: string): void {
  const text = JSON.stringify(errorType === undefined ? body : { __type: errorType, ...body });
  answer.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
    ...(errorType !== undefined && { 'x-amzn-errortype': errorType }),
  });
  answer.end(text);
}
