/** The environments of all functions: reuses them, limits their number and closes idle ones. */
import { throttled } from '../api/aws-error.ts';
import type { FunctionSettings } from '../functions/function-settings.ts';
import type { LogStore } from '../logs/log-store.ts';
import { Environment } from './environment.ts';
import type { ProcessSetup } from './process-setup.ts';

export interface PoolLimits {
  /** maximum number of busy environments of all functions together */
  concurrency: number;
  /** how long an environment may wait for its next invocation */
  idleSeconds: number;
}

export class EnvironmentPool {
  readonly #limits: PoolLimits;
  readonly #store: LogStore;
  readonly #setup: ProcessSetup;
  readonly #busy = new Set<Environment>();
  /** least recently used first, each with the timer that closes it */
  readonly #idle = new Map<Environment, NodeJS.Timeout>();

  constructor(limits: PoolLimits, store: LogStore, setup: ProcessSetup) {
    this.#limits = limits;
    this.#store = store;
    this.#setup = setup;
  }

  /**
   * Returns a warm environment of this version. If there is none, or `fresh` is true, returns a new one to be started.
   * @throws AwsError TooManyRequestsException if the function or the account is at its concurrency limit
   */
  acquire(settings: FunctionSettings, version: string, fresh: boolean): Environment {
    const running = [...this.#busy].filter((environment) => environment.settings === settings).length;
    if (settings.concurrency !== null && running >= settings.concurrency) {
      throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
    }
    if (this.#busy.size >= this.#limits.concurrency) throw throttled('ConcurrentInvocationLimitExceeded');
    const environment =
      (fresh ? undefined : this.#takeIdle(settings, version)) ??
      new Environment(settings, version, this.#store, this.#setup);
    this.#busy.add(environment);
    return environment;
  }

  /** Keeps the environment for the next invocation if its process is still running. */
  release(environment: Environment): void {
    this.#busy.delete(environment);
    if (!environment.isReady) return;
    const timer = setTimeout(() => {
      this.#idle.delete(environment);
      void environment.close();
    }, this.#limits.idleSeconds * 1000);
    timer.unref();
    this.#idle.set(environment, timer);
  }

  async close(): Promise<void> {
    for (const timer of this.#idle.values()) clearTimeout(timer);
    await Promise.all([...this.#idle.keys(), ...this.#busy].map((environment) => environment.close()));
  }

  /** The most recently used one, as Lambda seems to do, so that the others become idle long enough to be closed. */
  #takeIdle(settings: FunctionSettings, version: string): Environment | undefined {
    const environment = [...this.#idle.keys()].findLast(
      (idle) => idle.settings === settings && idle.version === version && idle.isReady,
    );
    if (environment) {
      clearTimeout(this.#idle.get(environment));
      this.#idle.delete(environment);
    }
    return environment;
  }
}
