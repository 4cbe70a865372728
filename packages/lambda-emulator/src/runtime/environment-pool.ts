/** The environments of all functions: reuse, limits, and closing what is idle. */
import { throttled } from '../api/aws-error.ts';
import type { FunctionSettings } from '../functions/function-settings.ts';
import type { LogStore } from '../logs/log-store.ts';
import { Environment } from './environment.ts';
import type { ProcessSetup } from './process-setup.ts';

export interface PoolLimits {
  /** environments at work at the same time, over all functions */
  concurrency: number;
  /** how long an environment may wait for its next invocation */
  idleSeconds: number;
}

export class EnvironmentPool {
  readonly #limits: PoolLimits;
  readonly #store: LogStore;
  readonly #setup: ProcessSetup;
  readonly #busy = new Set<Environment>();
  /** last used first, each with the timer that closes it */
  readonly #idle = new Map<Environment, NodeJS.Timeout>();

  constructor(limits: PoolLimits, store: LogStore, setup: ProcessSetup) {
    this.#limits = limits;
    this.#store = store;
    this.#setup = setup;
  }

  /**
   * A warm environment of this version, else, or when a `fresh` one is asked for, a new one that must be started.
   * @throws AwsError TooManyRequestsException when the function or the account is at its limit
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

  /** Keeps the environment for the next invocation when its process is still there. */
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

  /** The one used last, as Lambda seems to do: the others get a chance to become old and be closed. */
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
