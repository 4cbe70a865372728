/** One address for all replicas. Each connection goes to the next replica that accepts it. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

export interface LoadBalancer {
  port: number;
  stop(): void;
}

export async function startLoadBalancer(ports: readonly number[]): Promise<LoadBalancer> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer(async (inbound) => {
    open.add(inbound);
    inbound.once('close', () => open.delete(inbound)).on('error', () => undefined);
    turn += 1;
    const first = turn % ports.length;
    const outbound = await connectToFirst([...ports.slice(first), ...ports.slice(0, first)]);
    // A break on one side breaks the other, so that no client waits for a killed replica.
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

async function connectToFirst(ports: readonly number[]): Promise<Socket | undefined> {
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
