/** One address before all replicas, as a load balancer gives: a connection goes to the next one that takes it. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

export interface Front {
  port: number;
  stop(): void;
}

export async function startFront(ports: readonly number[]): Promise<Front> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer(async (inbound) => {
    open.add(inbound);
    inbound.once('close', () => open.delete(inbound)).on('error', () => undefined);
    turn += 1;
    const outbound = await firstOf([
      ...ports.slice(turn % ports.length),
      ...ports.slice(0, turn % ports.length),
    ]);
    // What breaks on one side breaks on the other, so that nobody waits for a replica that was killed.
    if (outbound && !outbound.destroyed && !inbound.destroyed)
      return pipeline(inbound, outbound, inbound, () => outbound.destroy());
    outbound?.destroy();
    return inbound.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

async function firstOf(ports: readonly number[]): Promise<Socket | undefined> {
  for (const port of ports) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (isOpen) return socket;
  }
  return undefined;
}
