/** What has to be stopped or removed at the end, also at an early one. The newest goes first. */
export class Cleanup {
  readonly #tasks = new Set<() => Promise<unknown>>();
  #running: Promise<void> | undefined;

  /** Known before it has started, so that an interrupted start leaves nothing behind. */
  async own<T>(starting: Promise<T>, stop: (started: T) => Promise<unknown>): Promise<T> {
    const task = async () => {
      const started = await starting.catch(() => undefined);
      if (started !== undefined) await stop(started);
    };
    this.add(task);
    try {
      return await starting;
    } catch (error) {
      this.#tasks.delete(task);
      throw error;
    }
  }

  /** Of a cleanup that has run already, `task` runs at once. */
  add(task: () => Promise<unknown>): void {
    this.#tasks.add(task);
    if (this.#running) this.#running = this.#running.then(() => this.#runAll());
  }

  /** Runs `work` with a cleanup of its own, which runs at the end of the work, or when this one runs. */
  async scope<T>(work: (own: Cleanup) => Promise<T>): Promise<T> {
    const own = new Cleanup();
    const task = () => own.run();
    this.add(task);
    try {
      return await work(own);
    } finally {
      await own.run();
      this.#tasks.delete(task);
    }
  }

  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  async #runAll(): Promise<void> {
    for (const task of [...this.#tasks].reverse()) {
      this.#tasks.delete(task);
      // One that fails must not keep the others running.
      await task().catch((error: unknown) => console.error(error));
    }
  }
}
