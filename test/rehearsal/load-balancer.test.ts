import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type LoadBalancer, startLoadBalancer } from './load-balancer.ts';

const servers: Server[] = [];
let loadBalancer: LoadBalancer | undefined;

afterEach(() => {
  loadBalancer?.stop();
  for (const server of servers.splice(0)) stop(server);
});

function stop(server: Server): void {
  server.close();
  server.closeAllConnections();
}

/** A server that answers with its name. */
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

it('distributes requests over the replicas, and skips one that is down', async () => {
  loadBalancer = await startLoadBalancer([await start('a'), await start('b')]);
  expect(await askTwice(loadBalancer.port)).toEqual(new Set(['a', 'b']));
  stop(servers[0] as Server);
  expect(await askTwice(loadBalancer.port)).toEqual(new Set(['b']));
});

it('breaks the connection when every replica is down, so that the client can repeat the request', async () => {
  loadBalancer = await startLoadBalancer([await start('a')]);
  stop(servers[0] as Server);
  await expect(askTwice(loadBalancer.port)).rejects.toThrow();
});
