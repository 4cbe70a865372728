/** The log stream of one environment, and the tail that a synchronous caller gets. */
import { randomUUID } from 'node:crypto';
import type { FunctionSettings } from './function-settings.ts';
import type { LogStore } from './log-store.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, LogResult */
const TAIL_BYTES = 4096;

export class EnvironmentLog {
  readonly stream: string;
  readonly #store: LogStore;
  readonly #group: string;
  #tail: Buffer = Buffer.alloc(0);

  constructor(store: LogStore, { name, logGroup }: FunctionSettings, version: string) {
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const id = randomUUID().replaceAll('-', '');
    // A group that several functions may share has the function's name in its streams.
    const owner = logGroup === `/aws/lambda/${name}` ? '' : name;
    this.stream = `${day}/${owner}[${version}]${id}`;
    this.#store = store;
    this.#group = logGroup;
  }

  write(message: string): void {
    this.#store.append(this.#group, this.stream, message);
    this.#tail = Buffer.concat([this.#tail, Buffer.from(`${message}\n`)]).subarray(-TAIL_BYTES);
  }

  /** The last 4096 bytes since the last call. */
  takeTail(): Buffer {
    const tail = this.#tail;
    this.#tail = Buffer.alloc(0);
    return tail;
  }
}
