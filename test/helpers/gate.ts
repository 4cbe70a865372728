/** A TCP forwarder that tests can close: what lies behind it is then away, and later there again. */
import { connect, createServer, type Socket } from 'node:net';

export interface Gate {
  port: number;
  /** Breaks every connection and refuses new ones. */
  close(): Promise<void>;
  open(): Promise<void>;
  /** From here on what lies behind hears all and answers nothing, until the gate is closed. */
  silence(): void;
}

export async function startGate(host: string, targetPort: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  /** from what lies behind, whose answers a silent gate drops */
  const outers = new Set<Socket>();
  let silent = false;
  const server = createServer((inner) => {
    const outer = connect(targetPort, host);
    outers.add(outer);
    outer.on('close', () => outers.delete(outer));
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      if (from === inner || !silent) from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        sockets.delete(from);
      });
    }
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gate has no port');
  return {
    port: address.port,
    open: () => listen(address.port),
    silence() {
      silent = true;
      for (const outer of outers) outer.unpipe().resume();
    },
    async close() {
      silent = false;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
