/** Opens and closes the HTTP server. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { StartError } from './start-error.ts';

/** Ends an upload that stalls. Longer than any silence of ours, such as a long poll's 60 s. */
const SILENCE_MS = 300_000;
/** Longer than load balancers keep an idle connection (60 s), which might otherwise reuse one that we are closing. */
const IDLE_MS = 75_000;
const LAST_ANSWERS_MS = 3_000;

/** @throws StartError when the address cannot be used */
export function listen(app: Express, { host, port }: { host: string; port: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(port, host, (error?: Error) =>
      error ? reject(cannotListen(host, port, error)) : resolve(server),
    );
    // A payload of 5 GB may take longer than Node's 5 minutes; the header timeout still ends idle connections.
    server.requestTimeout = 0;
    server.timeout = SILENCE_MS;
    server.keepAliveTimeout = IDLE_MS;
  });
}

export function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Closes idle connections at once, and gives answers in progress a moment: a stalled upload would never end. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS).unref();
  });
}

function cannotListen(host: string, port: number, { message }: Error): StartError {
  return new StartError(`Cannot listen on ${host}, port ${port} (BRIDGE_HOST, BRIDGE_PORT): ${message}.`);
}
