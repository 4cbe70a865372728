/** A Lambda at wire level whose answers to Invoke a test chooses, one by one. It counts what really arrived. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WireInvoke {
  function: string;
  invocationType: string;
  body: string;
  headers: IncomingMessage['headers'];
  answer: ServerResponse;
}

export interface WireLambda {
  url: string;
  invokes: WireInvoke[];
  stop(): Promise<void>;
}

/** @param onInvoke answers the Invoke request; `count` is its number, from 1 */
export async function startWireLambda(
  onInvoke: (invoke: WireInvoke, count: number) => void | Promise<void>,
  timeoutSeconds = 1,
  configuration: object = {},
): Promise<WireLambda> {
  const invokes: WireInvoke[] = [];
  const server = createServer(async (request, answer) => {
    const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url ?? '')?.[1];
    if (invoked !== undefined) {
      const invoke = {
        function: decodeURIComponent(invoked),
        invocationType: String(request.headers['x-amz-invocation-type'] ?? ''),
        body: await textOf(request),
        headers: request.headers,
        answer,
      };
      invokes.push(invoke);
      return onInvoke(invoke, invokes.length);
    }
    if (request.url?.endsWith('/configuration'))
      return json(answer, 200, { FunctionName: 'fn', Timeout: timeoutSeconds, ...configuration });
    // Neither an event-invoke configuration nor a log group: Lambda's defaults hold, and CloudWatch shows nothing.
    return json(
      answer,
      request.method === 'POST' ? 400 : 404,
      { message: 'none' },
      'ResourceNotFoundException',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    invokes,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function succeed({ answer }: WireInvoke): void {
  answer.writeHead(200, { 'x-amzn-requestid': randomUUID(), 'x-amz-executed-version': '$LATEST' });
  answer.end('{"ok":true}');
}

export function refuse(
  { answer }: WireInvoke,
  status: number,
  type: string,
  headers: Record<string, string> = {},
): void {
  json(answer, status, { message: `refused as ${type}` }, type, headers);
}

export function hangUp({ answer }: WireInvoke): void {
  answer.socket?.destroy();
}

function json(
  answer: ServerResponse,
  status: number,
  body: object,
  type?: string,
  headers: Record<string, string> = {},
): void {
  answer.writeHead(status, {
    'content-type': 'application/json',
    ...(type === undefined ? {} : { 'x-amzn-errortype': type }),
    ...headers,
  });
  answer.end(JSON.stringify(type === undefined ? body : { __type: type, ...body }));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
