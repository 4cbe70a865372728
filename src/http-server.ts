/** Opens and closes the HTTP server. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { StartError } from './start-error.ts';

/** A connection without data for this long is closed, such as a stalled upload. A long poll takes less (60 s). */
const SILENCE_MS = 300_000;
/**
 * How long an idle connection stays open. Load balancers keep an idle connection for 60 s. The time here is longer, so
 * that they do not reuse a connection which the bridge is closing.
 */
const IDLE_MS = 75_000;
const LAST_ANSWERS_MS = 3_000;

/** @throws StartError when the address cannot be used */
export function listen(app: Express, { host, port }: { host: string; port: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(port, host, (error?: Error) =>
      error ? reject(cannotListen(host, port, error)) : resolve(server),
    );
    // The upload of a 5 GB payload may take longer than Node's limit of 5 minutes. Slow headers still have a time
    // limit.
    server.requestTimeout = 0;
    server.timeout = SILENCE_MS;
    server.keepAliveTimeout = IDLE_MS;
  });
}

export function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Closes idle connections at once. Responses in progress get a short time, because a stalled upload would never end.
 */
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
