/**
 * A client of HTTP/1.1 with one request at a time on one kept connection. Node's own clients take several times as much
 * CPU, on a machine that the measured processes need.
 */
import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  status: number;
  /** by names in small letters */
  header: (name: string) => string | undefined;
  body: Buffer;
}

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

export class Connection {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #received: Buffer[] = [];
  #settle: { resolve: (answer: HttpAnswer) => void; reject: (error: Error) => void } | undefined;

  constructor(url: URL) {
    this.#host = url.hostname;
    this.#port = Number(url.port);
  }

  send(request: Buffer): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#open().write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    if (this.#socket) return this.#socket;
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.once('close', () => this.#lose(new Error('the connection was closed before the answer')));
    socket.once('error', (error) => this.#lose(error));
    this.#socket = socket;
    return socket;
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    const all = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const answer = parseAnswer(all);
    if (!answer) return;
    this.#received = [];
    if (answer.header('connection') === 'close') this.#drop();
    this.#settle?.resolve(answer);
    this.#settle = undefined;
  }

  #lose(error: Error): void {
    this.#drop();
    this.#settle?.reject(error);
    this.#settle = undefined;
  }

  #drop(): void {
    this.#socket?.removeAllListeners('close').destroy();
    this.#socket = undefined;
    this.#received = [];
  }
}

/** @returns undefined while bytes are missing */
export function parseAnswer(bytes: Buffer): HttpAnswer | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const header = (name: string) => new RegExp(`^${name}: *([^\\r]*)`, 'im').exec(head)?.[1];
  const body = bytes.subarray(headEnd + HEAD_END.length);
  const length = header('content-length');
  const isWhole =
    length === undefined
      ? header('transfer-encoding') === undefined ||
        body.subarray(-LAST_CHUNK.length).toString('latin1') === LAST_CHUNK
      : body.length >= Number(length);
  return isWhole ? { status: Number(head.slice(9, 12)), header, body } : undefined;
}
