/**
 * The Runtime API of one environment. The process of the environment gets invocations from it and posts answers to it.
 * Every environment has its own port, because AWS_LAMBDA_RUNTIME_API can contain only a host and a port.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from '../api/request-body.ts';

/** 6 MB plus 100 bytes, Lambda's limit for the response of a function. */
export const RESPONSE_LIMIT_BYTES = 6 * 1024 * 1024 + 100;

/** The text of the refusal, as Python's client logs it: test/corpus/captured/python-text-too-large.json. */
const TOO_LARGE = `Exceeded maximum allowed payload size (${RESPONSE_LIMIT_BYTES} bytes).`;

/** Runtime clients send a whole error, with its stack, in a header for X-Ray. */
const MAX_HEADER_BYTES = 1024 * 1024;

export interface RuntimeInvocation {
  requestId: string;
  payload: Buffer;
  invokedArn: string;
  /** JSON text */
  clientContext?: string;
  traceHeader?: string;
}

export type RuntimeAnswer =
  | { kind: 'response'; body: Buffer }
  | { kind: 'error'; body: Buffer; errorType: string }
  | { kind: 'too_large' };

export class RuntimeApi {
  /** What the process posted for the current invocation. */
  answer: RuntimeAnswer | null = null;
  readonly #server: Server;
  readonly #onWaiting: () => void;
  #waiting: ServerResponse | null = null;
  #requestId: string | null = null;

  private constructor(onWaiting: () => void) {
    this.#onWaiting = onWaiting;
    this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
      this.#route(request, response).catch(() => response.destroy());
    });
    // A process may be idle or busy for longer than the server's default timeouts.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
  }

  /** @param onWaiting called when the process asks for its next invocation */
  static async start(onWaiting: () => void): Promise<RuntimeApi> {
    const api = new RuntimeApi(onWaiting);
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get isWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** Passes the invocation to the waiting process. */
  deliver(invocation: RuntimeInvocation, deadlineMs: number): void {
    const response = this.#waiting;
    if (!response) throw new Error('The process of this environment is not waiting for an invocation.');
    this.#waiting = null;
    this.answer = null;
    this.#requestId = invocation.requestId;
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': invocation.requestId,
      'Lambda-Runtime-Deadline-Ms': String(deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': invocation.invokedArn,
      ...(invocation.traceHeader && { 'Lambda-Runtime-Trace-Id': invocation.traceHeader }),
      // Node encodes header text as Latin-1, but the bytes on the wire must be UTF-8.
      ...(invocation.clientContext && {
        'Lambda-Runtime-Client-Context': Buffer.from(invocation.clientContext).toString('latin1'),
      }),
    });
    response.end(invocation.payload);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (request.method === 'GET' && path === '/2018-06-01/runtime/invocation/next') {
      this.#waiting = response;
      this.#onWaiting();
      return;
    }
    const posted = /^\/2018-06-01\/runtime\/(?:invocation\/([^/]+)\/(response|error)|init\/error)$/.exec(
      path,
    );
    if (request.method !== 'POST' || !posted)
      return reply(response, 404, 'InvalidPath', `Unknown path: ${path}`);
    const [, requestId = null, kind = 'error'] = posted;
    if (requestId !== this.#requestId)
      return reply(response, 400, 'InvalidRequestID', 'Not the current invocation');
    if (this.answer)
      return reply(response, 403, 'InvalidStateTransition', 'The invocation already has an answer');
    const body = await readBody(request, RESPONSE_LIMIT_BYTES);
    if (body === 'too_large') {
      this.answer = { kind: 'too_large' };
      return reply(response, 413, 'RequestEntityTooLarge', TOO_LARGE);
    }
    const errorType = String(request.headers['lambda-runtime-function-error-type'] ?? 'Runtime.Unknown');
    this.answer = kind === 'response' ? { kind, body } : { kind: 'error', body, errorType };
    response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}');
  }
}

function reply(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json' })
    .end(`${JSON.stringify({ errorMessage, errorType })}\n`);
}
