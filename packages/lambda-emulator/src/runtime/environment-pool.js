/** The environments of all functions: reuse, limits, and closing what is idle. */
import { throttled } from '../api/aws-error.js';
import { Environment } from './environment.js';
export class EnvironmentPool {
  #limits;
  #store;
  #setup;
  #busy = new Set();
  /** last used first, each with the timer that closes it */
  #idle = new Map();
  constructor(limits, store, setup) {
    this.#limits = limits;
    this.#store = store;
    this.#setup = setup;
  }
  /**
   * A warm environment of this version, else, or when a `fresh` one is asked for, a new one that must be started.
   * @throws AwsError TooManyRequestsException when the function or the account is at its limit
   */
  acquire(settings, version, fresh) {
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
  release(environment) {
    this.#busy.delete(environment);
    if (!environment.isReady) return;
    const timer = setTimeout(() => {
      this.#idle.delete(environment);
      void environment.close();
    }, this.#limits.idleSeconds * 1000);
    timer.unref();
    this.#idle.set(environment, timer);
  }
  async close() {
    for (const timer of this.#idle.values()) clearTimeout(timer);
    await Promise.all([...this.#idle.keys(), ...this.#busy].map((environment) => environment.close()));
  }
  /** The one used last, as Lambda seems to do: the others get a chance to become old and be closed. */
  #takeIdle(settings, version) {
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
//# sourceMappingURL=environment-pool.js.map
