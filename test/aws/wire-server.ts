/** An HTTP server that answers as a test says, so that the real SDK runs against real sockets. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface WireRequest {
  method: string;
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface WireServer {
  url: string;
  /** all that arrived whole */
  requests: WireRequest[];
  close(): Promise<void>;
}

export type Answer = (request: WireRequest, response: ServerResponse, index: number) => void;

export async function startWireServer(answer: Answer): Promise<WireServer> {
  const requests: WireRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    const body = (await buffer(incoming)).toString();
    const request = { method, url, headers, body };
    requests.push(request);
    answer(request, response, requests.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An answer in the words of an AWS JSON service. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'x-amzn-RequestId': '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
    ...headers,
  });
  response.end(JSON.stringify(body));
}

/** An error as AWS JSON services word it. */
export function answerError(
  response: ServerResponse,
  status: number,
  type: string,
  extra: { message?: string; headers?: Record<string, string>; members?: Record<string, unknown> } = {},
): void {
  const { message = `${type} happened`, headers = {}, members = {} } = extra;
  answerJson(
    response,
    status,
    { __type: type, message, ...members },
    { 'x-amzn-ErrorType': type, ...headers },
  );
}
