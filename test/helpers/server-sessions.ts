/** The sessions with PostgreSQL that a pooler shares out among its clients. */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import pg from 'pg';
import { WireMessages } from './wire-messages.ts';

/** PgBouncer's default_pool_size. */
const MOST = 20;

/** One session, at the level of messages. */
export class ServerSession {
  readonly #socket: Socket;
  #onMessage: (message: Buffer) => void = () => undefined;
  #onEnd: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const messages = new WireMessages();
    socket.on('data', (chunk) => {
      for (const message of messages.add(chunk)) this.#onMessage(message);
    });
    socket.on('close', () => this.#onEnd());
  }

  /** What the server sends while nobody is attached, notifications for example, is dropped. */
  attach(onMessage: (message: Buffer) => void, onEnd: () => void): void {
    this.#onMessage = onMessage;
    this.#onEnd = onEnd;
  }

  detach(): void {
    this.attach(
      () => undefined,
      () => undefined,
    );
  }

  get ended(): boolean {
    return this.#socket.destroyed;
  }

  send(message: Buffer): void {
    this.#socket.write(message);
  }

  end(): void {
    this.#socket.destroy();
  }
}

export class ServerSessions {
  readonly #url: string;
  readonly #all = new Set<ServerSession>();
  #idle: ServerSession[] = [];
  #opening = 0;
  #waiting: (() => void)[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  /** @param last not this one, so that nothing of the transaction before is there */
  async take(last: ServerSession | undefined): Promise<ServerSession> {
    for (;;) {
      this.#idle = this.#idle.filter((session) => !session.ended);
      const at = this.#idle.findIndex((session) => session !== last);
      const [found] = at < 0 ? [] : this.#idle.splice(at, 1);
      if (found) return found;
      if (this.#all.size + this.#opening < MOST) return this.#open();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  giveBack(session: ServerSession): void {
    session.detach();
    this.#idle.push(session);
    this.#wake();
  }

  close(): void {
    for (const session of this.#all) session.end();
  }

  /** pg connects and authenticates; then the socket is taken from it. */
  async #open(): Promise<ServerSession> {
    this.#opening += 1;
    try {
      const client = new pg.Client(this.#url);
      client.on('error', () => undefined);
      await client.connect();
      const { stream } = (client as unknown as { connection: EventEmitter & { stream: Socket } }).connection;
      stream.removeAllListeners('data');
      const session = new ServerSession(stream);
      this.#all.add(session);
      stream.on('close', () => {
        this.#all.delete(session);
        this.#wake();
      });
      return session;
    } finally {
      this.#opening -= 1;
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
