/** Replicas of the bridge on one ledger. Each is a process that can be killed and restarted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { poll } from '../helpers/poll.ts';
import { type Crash, freePort } from '../helpers/postgres-server.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const START_SECONDS = 60;

export class Cluster {
  readonly ports: readonly number[];
  readonly crashes: Crash[] = [];
  /** replicas that ended without being stopped or killed by the rehearsal */
  unexpectedExits = 0;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #processes = new Map<number, ChildProcess>();
  #restarts: Promise<void> = Promise.resolve();

  private constructor(ports: readonly number[], environment: NodeJS.ProcessEnv) {
    this.ports = ports;
    this.#environment = environment;
    // If the rehearsal itself fails, its replicas must not go on running.
    process.once('exit', () => {
      for (const child of this.#processes.values()) child.kill('SIGKILL');
    });
  }

  static async choosePorts(count: number): Promise<number[]> {
    return Promise.all(Array.from({ length: count }, freePort));
  }

  static async start(ports: readonly number[], environment: NodeJS.ProcessEnv): Promise<Cluster> {
    const cluster = new Cluster(ports, environment);
    await Promise.all(ports.map((port) => cluster.#start(port)));
    return cluster;
  }

  /** Kills and restarts a replica. One at a time, so that the others go on meanwhile. */
  crash(replica: number): void {
    const port = this.ports[replica % this.ports.length] ?? 0;
    this.#restarts = this.#restarts.then(() => this.#killAndRestart(port));
    // An error reaches whoever awaits allRestarted().
    this.#restarts.catch(() => undefined);
  }

  /** Resolves when every killed replica is ready again. */
  allRestarted(): Promise<void> {
    return this.#restarts;
  }

  async stop(): Promise<void> {
    await this.#restarts.catch(() => undefined);
    await Promise.all([...this.#processes.keys()].map((port) => this.#end(port, 'SIGTERM')));
  }

  async #killAndRestart(port: number): Promise<void> {
    const from = Date.now();
    await this.#end(port, 'SIGKILL');
    this.crashes.push({ from, until: Date.now() });
    await this.#start(port);
  }

  async #end(port: number, signal: NodeJS.Signals): Promise<void> {
    const child = this.#processes.get(port);
    this.#processes.delete(port);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async #start(port: number): Promise<void> {
    const child = spawn(process.execPath, [MAIN, 'serve'], {
      env: { ...process.env, ...this.#environment, BRIDGE_PORT: String(port) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#processes.set(port, child);
    child.once('exit', () => {
      if (this.#processes.get(port) === child) this.unexpectedExits += 1;
    });
    const isReady = await poll(() => answersReady(port), Boolean, { seconds: START_SECONDS, pauseMs: 50 });
    if (!isReady) throw new Error(`The bridge on port ${port} was not ready within ${START_SECONDS} s.`);
  }
}

async function answersReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  return answer?.ok === true;
}
