import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type Front, startFront } from './load-balancer.ts';

const servers: Server[] = [];
let front: Front | undefined;

afterEach(() => {
  front?.stop();
  for (const server of servers.splice(0)) stop(server);
});

function stop(server: Server): void {
  server.close();
  server.closeAllConnections();
}

/** Each answers with its own name. */
async function start(name: string): Promise<number> {
  const server = createServer((_request, response) => response.setHeader('connection', 'close').end(name));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

async function askTwice(port: number): Promise<Set<string>> {
  const ask = async () => (await fetch(`http://127.0.0.1:${port}`)).text();
  return new Set([await ask(), await ask()]);
}

it('shares requests out among the bridges, and leaves out one that is gone', async () => {
  front = await startFront([await start('a'), await start('b')]);
  expect(await askTwice(front.port)).toEqual(new Set(['a', 'b']));
  stop(servers[0] as Server);
  expect(await askTwice(front.port)).toEqual(new Set(['b']));
});

it('breaks the connection when no bridge is there, so that the request can be sent again', async () => {
  front = await startFront([await start('a')]);
  stop(servers[0] as Server);
  await expect(askTwice(front.port)).rejects.toThrow();
});
