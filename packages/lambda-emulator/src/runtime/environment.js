/** One execution environment: a process that runs a function's code, one invocation at a time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { EnvironmentLog } from '../logs/environment-log.js';
import { CAN_WATCH_MEMORY, peakMemoryMb } from './memory.js';
import { readOutput } from './output-reader.js';
import { processCommand, processEnvironment } from './process-setup.js';
import { RuntimeApi } from './runtime-api.js';

const CLOSED = { kind: 'exited', how: 'signal: killed' };
/** A look every 50 ms kills a leak before it hurts the machine; the peak is read again at the end of the work. */
const MEMORY_LOOK_MS = 50;
/**
 * What a grandchild that left the process group may delay the end by, while it holds the pipe open. Well above what a
 * busy machine takes to close the pipe of a killed group: ended sooner, the log would lack the last line.
 */
const OUTPUT_GRACE_MS = 2_000;
export class Environment {
  settings;
  version;
  log;
  #setup;
  #api = null;
  #process = null;
  #peakMemoryMb = 0;
  #allOutputRead = false;
  #isClosed = false;
  #killedFor = null;
  #endWork = () => {};
  constructor(settings, version, store, setup) {
    this.settings = settings;
    this.version = version;
    this.log = new EnvironmentLog(store, settings, version, setup.region);
    this.#setup = setup;
  }
  /** Whether a process is there that waits for an invocation. */
  get isReady() {
    return this.#process !== null && this.#api?.isWaiting === true && this.#allOutputRead;
  }
  /** For REPORT; where memory cannot be watched, the size of the function. */
  get maxMemoryMb() {
    return CAN_WATCH_MEMORY ? Math.min(this.#peakMemoryMb, this.settings.memoryMb) : this.settings.memoryMb;
  }
  get answer() {
    return this.#api?.answer ?? null;
  }
  /** Starts the process and waits until it has loaded the function's code. */
  async start(limitMs) {
    const api = await RuntimeApi.start(() => this.#checkIdle());
    if (this.#isClosed) {
      api.close();
      return CLOSED;
    }
    this.#api = api;
    this.log.initStart();
    const ended = this.#work(limitMs);
    this.#launch(api);
    return ended;
  }
  /** Hands the invocation to the waiting process; what it posted is in `answer`. */
  async run(invocation, limitMs) {
    const ended = this.#work(limitMs);
    this.#api?.deliver(invocation, Math.ceil(Date.now() + limitMs));
    return ended;
  }
  /** Ends the process, and keeps a start that is under way from making one. */
  async close() {
    this.#isClosed = true;
    const child = this.#process;
    if (!child) return;
    const exited = once(child, 'exit');
    this.#kill(CLOSED);
    await exited;
  }
  async #work(limitMs) {
    this.#allOutputRead = false;
    const timer = setTimeout(() => this.#kill({ kind: 'timed_out' }), limitMs);
    const memoryLook = setInterval(() => this.#checkMemory(), MEMORY_LOOK_MS);
    try {
      return await new Promise((resolve) => {
        this.#endWork = resolve;
      });
    } finally {
      clearTimeout(timer);
      clearInterval(memoryLook);
    }
  }
  #launch(api) {
    const { settings, version } = this;
    const [command, args] = processCommand(settings, this.#setup);
    const child = spawn(command, args, {
      cwd: settings.folder,
      env: processEnvironment(settings, version, this.log.stream, api.address, this.#setup),
      stdio: ['ignore', 'pipe', 'ignore'],
      // A process group of its own, so that a timeout takes the function's child processes as well.
      detached: true,
    });
    this.#process = child;
    this.#killedFor = null;
    readOutput(child.stdout, {
      onMessage: (message) => this.log.writeOutput(message),
      onIdle: () => {
        this.#allOutputRead = true;
        this.#checkIdle();
      },
    });
    const outputEnded = new Promise((resolve) => child.stdout.once('close', resolve));
    child.once('error', (error) => {
      this.log.writeOutput(`The process of ${settings.name} cannot be started: ${error.message}`);
      this.#gone({ kind: 'exited', how: 'exit status 127' });
    });
    child.once('exit', async (code, signal) => {
      // What the function left running has no environment any more.
      killGroup(child.pid);
      const grace = setTimeout(() => child.stdout.destroy(), OUTPUT_GRACE_MS);
      await outputEnded;
      clearTimeout(grace);
      this.#gone(this.#killedFor ?? { kind: 'exited', how: describeExit(code, signal) });
    });
  }
  #gone(end) {
    this.#process = null;
    this.#api?.close();
    this.#endWork(end);
  }
  #checkIdle() {
    if (!this.isReady || this.#killedFor) return;
    if (this.#checkMemory()) this.#endWork({ kind: 'idle' });
  }
  /** False, and the process killed, when it holds more memory than the function has. */
  #checkMemory() {
    const used = this.#process?.pid === undefined ? null : peakMemoryMb(this.#process.pid);
    if (used === null) return true;
    this.#peakMemoryMb = Math.max(this.#peakMemoryMb, used);
    if (used <= this.settings.memoryMb) return true;
    this.#kill({ kind: 'out_of_memory' });
    return false;
  }
  #kill(reason) {
    if (!this.#process) return;
    this.#killedFor ??= reason;
    killGroup(this.#process.pid);
  }
}
function killGroup(leader) {
  // Without an id the process could not be started.
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // All of the group have ended already.
  }
}
/** Signals by the names that Lambda's (Go's) messages use. */
const SIGNAL_TEXTS = {
  SIGABRT: 'aborted',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
};
function describeExit(code, signal) {
  if (signal) return `signal: ${SIGNAL_TEXTS[signal] ?? signal}`;
  return code === 0 ? '' : `exit status ${code}`;
}
//# sourceMappingURL=environment.js.map
