/** Several bridges on one ledger, each a process of its own that can be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../helpers/postgres-server.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const START_MS = 60_000;

/** When a bridge was killed: from the signal until the process was gone. Milliseconds since 1970. */
export interface Kill {
  from: number;
  until: number;
}

export class Replicas {
  readonly ports: readonly number[];
  readonly kills: Kill[] = [];
  /** that ended although nobody told them to */
  crashes = 0;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #children = new Map<number, ChildProcess>();
  #doing: Promise<void> = Promise.resolve();

  private constructor(ports: readonly number[], environment: NodeJS.ProcessEnv) {
    this.ports = ports;
    this.#environment = environment;
    // Also where the rehearsal itself breaks: they would go on for ever.
    process.once('exit', () => {
      for (const child of this.#children.values()) child.kill('SIGKILL');
    });
  }

  static async choosePorts(count: number): Promise<number[]> {
    return Promise.all(Array.from({ length: count }, freePort));
  }

  static async start(ports: readonly number[], environment: NodeJS.ProcessEnv): Promise<Replicas> {
    const replicas = new Replicas(ports, environment);
    await Promise.all(ports.map((port) => replicas.#start(port)));
    return replicas;
  }

  /** One at a time: while one of them starts again, the others go on. */
  kill(at: number): void {
    this.#doing = this.#doing.then(() => this.#replace(this.ports[at % this.ports.length] ?? 0));
    // Whoever waits for it hears of a failure.
    this.#doing.catch(() => undefined);
  }

  /** All that were killed are there again. */
  restarted(): Promise<void> {
    return this.#doing;
  }

  async stop(): Promise<void> {
    await this.#doing.catch(() => undefined);
    await Promise.all([...this.#children.keys()].map((port) => this.#end(port, 'SIGTERM')));
  }

  async #replace(port: number): Promise<void> {
    const from = Date.now();
    await this.#end(port, 'SIGKILL');
    this.kills.push({ from, until: Date.now() });
    await this.#start(port);
  }

  async #end(port: number, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children.get(port);
    this.#children.delete(port);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async #start(port: number): Promise<void> {
    const child = spawn(process.execPath, [MAIN, 'serve'], {
      env: { ...process.env, ...this.#environment, BRIDGE_PORT: String(port) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#children.set(port, child);
    child.once('exit', () => {
      if (this.#children.get(port) === child) this.crashes += 1;
    });
    await untilReady(port);
  }
}

async function untilReady(port: number): Promise<void> {
  for (const deadline = performance.now() + START_MS; ; await pause(50)) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > deadline) throw new Error(`The bridge on port ${port} did not start.`);
  }
}
