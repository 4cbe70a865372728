/** The log stream of one environment, and the tail that a synchronous caller gets. */
import { randomUUID } from 'node:crypto';
import type { FaultPlan } from './fault-planner.ts';
import type { FunctionSettings } from './function-settings.ts';
import type { LogStore } from './log-store.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, LogResult */
const TAIL_BYTES = 4096;

export class EnvironmentLog {
  readonly stream: string;
  readonly #store: LogStore;
  readonly #group: string;
  #tail: Buffer = Buffer.alloc(0);
  #delayMs: () => number = () => 0;
  #marker: string | null = null;
  /** written by the function itself since the invocation began */
  #lines = { all: 0, marked: 0 };

  constructor(store: LogStore, { name, logGroup }: FunctionSettings, version: string) {
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const id = randomUUID().replaceAll('-', '');
    // A group that several functions may share has the function's name in its streams.
    const owner = logGroup === `/aws/lambda/${name}` ? '' : name;
    this.stream = `${day}/${owner}[${version}]${id}`;
    this.#store = store;
    this.#group = logGroup;
  }

  /** From here on the lines belong to an invocation with this plan. */
  begin({ logDelayMs, logMarker }: FaultPlan): void {
    this.#delayMs = logDelayMs;
    this.#marker = logMarker;
    this.#lines = { all: 0, marked: 0 };
  }

  get lines(): { all: number; marked: number } {
    return { ...this.#lines };
  }

  /** What the function's process wrote. */
  writeOutput(message: string): void {
    this.#lines.all += 1;
    if (this.#marker !== null && message.includes(this.#marker)) this.#lines.marked += 1;
    this.write(message);
  }

  write(message: string): void {
    this.#store.append(this.#group, this.stream, message, this.#delayMs());
    this.#tail = Buffer.concat([this.#tail, Buffer.from(`${message}\n`)]).subarray(-TAIL_BYTES);
  }

  /** The last 4096 bytes since the last call. */
  takeTail(): Buffer {
    const tail = this.#tail;
    this.#tail = Buffer.alloc(0);
    return tail;
  }
}
