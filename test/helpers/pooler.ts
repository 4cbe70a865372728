/**
 * A pooler between client and PostgreSQL, which behaves like PgBouncer 1.18 in transaction mode where that differs from a
 * direct connection, and is at least as unkind: a client never gets the same session for two transactions in a row.
 */
import { randomInt } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { type ServerSession, ServerSessions } from './server-sessions.ts';
import { WireMessages, wireMessage, wireStrings } from './wire-messages.ts';

export interface Pooler {
  /** of the database, through the pooler */
  url: string;
  stop(): Promise<void>;
}

/** All that PgBouncer takes (https://www.pgbouncer.org/config.html#ignore_startup_parameters), in lower case. */
const STARTUP_PARAMETERS = new Set([
  'user',
  'database',
  'client_encoding',
  'datestyle',
  'timezone',
  'standard_conforming_strings',
  'application_name',
]);

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const PROTOCOL_3 = 196_608;
/** Above every process id, so that it cannot be that of a session by chance. */
const FIRST_PID = 10_000_000;

/** @param databaseUrl TEST_POOLER_URL names a real PgBouncer that leads to the same server */
export async function startPooler(databaseUrl: string): Promise<Pooler> {
  const real = process.env['TEST_POOLER_URL'];
  const url = new URL(real ?? databaseUrl);
  url.pathname = new URL(databaseUrl).pathname;
  if (real) return { url: url.href, stop: async () => undefined };
  const sessions = new ServerSessions(databaseUrl);
  const clients = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    clients.add(socket);
    socket.on('error', () => undefined).on('close', () => clients.delete(socket));
    new PooledClient(socket, sessions);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the pooler has no port');
  url.host = `127.0.0.1:${address.port}`;
  return {
    url: url.href,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const client of clients) client.destroy();
      sessions.close();
      await closed;
    },
  };
}

class PooledClient {
  readonly #socket: Socket;
  readonly #sessions: ServerSessions;
  #started = false;
  #session: ServerSession | undefined;
  #last: ServerSession | undefined;
  /** messages that no session has got yet */
  #waiting: Buffer[] = [];
  /** queries and syncs whose ReadyForQuery has not come */
  #unanswered = 0;

  constructor(socket: Socket, sessions: ServerSessions) {
    this.#socket = socket;
    this.#sessions = sessions;
    const messages = new WireMessages();
    socket.on('data', (chunk) => {
      for (const message of messages.add(chunk, () => this.#started))
        if (this.#started) this.#forward(message);
        else this.#startUp(message);
    });
    // In the middle of a transaction the session is of no use to others.
    socket.on('close', () => this.#session?.end());
  }

  #startUp(message: Buffer): void {
    const code = message.readInt32BE(4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) return void this.#socket.write('N');
    if (code !== PROTOCOL_3) return void this.#socket.destroy();
    const names = message
      .subarray(8)
      .toString()
      .split('\0')
      .filter((_text, at) => at % 2 === 0);
    const refused = names.find((name) => name !== '' && !STARTUP_PARAMETERS.has(name.toLowerCase()));
    if (refused !== undefined)
      return void this.#socket.end(errorMessage('08P01', `unsupported startup parameter: ${refused}`));
    this.#started = true;
    const key = Buffer.alloc(8);
    key.writeInt32BE(randomInt(FIRST_PID, 2 ** 31), 0);
    key.writeInt32BE(randomInt(2 ** 31), 4);
    this.#socket.write(wireMessage('R', Buffer.alloc(4)));
    for (const [name, value] of [
      ['server_version', '18.0'],
      ['client_encoding', 'UTF8'],
      ['DateStyle', 'ISO, MDY'],
      ['standard_conforming_strings', 'on'],
    ] as const)
      this.#socket.write(wireMessage('S', wireStrings(name, value)));
    this.#socket.write(Buffer.concat([wireMessage('K', key), wireMessage('Z', 'I')]));
  }

  #forward(message: Buffer): void {
    const type = String.fromCharCode(message[0] ?? 0);
    if (type === 'X') return void this.#socket.end();
    if (type === 'Q' || type === 'S' || type === 'F') this.#unanswered += 1;
    if (this.#session) this.#session.send(message);
    else if (this.#waiting.push(message) === 1) void this.#takeSession();
  }

  async #takeSession(): Promise<void> {
    const session = await this.#sessions.take(this.#last).catch(() => undefined);
    if (!session || this.#socket.destroyed) {
      if (session) this.#sessions.giveBack(session);
      return void this.#socket.destroy();
    }
    this.#session = session;
    session.attach(
      (message) => this.#answer(session, message),
      () => this.#socket.destroy(),
    );
    for (const message of this.#waiting) session.send(message);
    this.#waiting = [];
  }

  #answer(session: ServerSession, message: Buffer): void {
    this.#socket.write(message);
    if (message[0] !== 'Z'.charCodeAt(0)) return;
    this.#unanswered -= 1;
    const idle = message[5] === 'I'.charCodeAt(0);
    if (!idle || this.#unanswered > 0) return;
    this.#session = undefined;
    this.#last = session;
    this.#sessions.giveBack(session);
  }
}

function errorMessage(state: string, text: string): Buffer {
  return wireMessage('E', wireStrings('SFATAL', `C${state}`, `M${text}`), '\0');
}
