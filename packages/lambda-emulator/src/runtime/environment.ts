/** One execution environment: a process that runs a function's code, one invocation at a time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { FunctionSettings } from '../functions/function-settings.ts';
import { EnvironmentLog } from '../logs/environment-log.ts';
import type { LogStore } from '../logs/log-store.ts';
import { FrameReader } from './frame-reader.ts';
import { CAN_MEASURE_MEMORY, peakMemoryMb } from './memory.ts';
import { readOutput } from './output-reader.ts';
import { hasTelemetryPipe, type ProcessSetup, processCommand, processEnvironment } from './process-setup.ts';
import { type RuntimeAnswer, RuntimeApi, type RuntimeInvocation } from './runtime-api.ts';

/** How a piece of work (loading the code, or one invocation) ended for the process. */
export type WorkEnd =
  | { kind: 'idle' }
  | { kind: 'timed_out' }
  | { kind: 'out_of_memory' }
  /** `how` in Lambda's wording: `exit status 7`, `signal: killed`, or empty for status 0 */
  | { kind: 'exited'; how: string };

const CLOSED: WorkEnd = { kind: 'exited', how: 'signal: killed' };

/** How often the memory is read: often enough to stop a leak in time. The peak is read once more when the work ends. */
const MEMORY_POLL_MS = 50;
/**
 * How long to wait after the exit of the process until its output is closed. A child process that left the process
 * group may keep the pipe open. The time is much longer than a busy machine needs to close the pipe of a killed group.
 * With a shorter time, the log could lose its last line.
 */
const OUTPUT_GRACE_MS = 2_000;

/**
 * How long to wait for output that a process wrote before it asked for its next invocation. Reading it takes much less.
 */
const QUIET_MS = 20;

export class Environment {
  readonly settings: FunctionSettings;
  readonly version: string;
  readonly log: EnvironmentLog;
  readonly #setup: ProcessSetup;
  #api: RuntimeApi | null = null;
  #process: ChildProcess | null = null;
  #peakMemoryMb = 0;
  #allOutputRead = false;
  #quiet: NodeJS.Timeout | undefined;
  #isClosed = false;
  #killedFor: WorkEnd | null = null;
  #endWork: (end: WorkEnd) => void = () => {};

  constructor(settings: FunctionSettings, version: string, store: LogStore, setup: ProcessSetup) {
    this.settings = settings;
    this.version = version;
    this.log = new EnvironmentLog(store, settings, version, setup.region);
    this.#setup = setup;
  }

  /** Whether a process is waiting for an invocation. */
  get isReady(): boolean {
    return this.#process !== null && this.#api?.isWaiting === true && this.#allOutputRead;
  }

  /** The memory figure for REPORT. If memory cannot be measured, it is the function's memory size. */
  get maxMemoryMb(): number {
    return CAN_MEASURE_MEMORY ? Math.min(this.#peakMemoryMb, this.settings.memoryMb) : this.settings.memoryMb;
  }

  get answer(): RuntimeAnswer | null {
    return this.#api?.answer ?? null;
  }

  /** Starts the process and waits until it has loaded the function's code. */
  async start(limitMs: number): Promise<WorkEnd> {
    const api = await RuntimeApi.start(() => this.#handleWaiting());
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

  /** Passes the invocation to the waiting process. Afterwards `answer` contains what the process posted. */
  async run(invocation: RuntimeInvocation, limitMs: number): Promise<WorkEnd> {
    const ended = this.#work(limitMs);
    this.#api?.deliver(invocation, Math.ceil(Date.now() + limitMs));
    return ended;
  }

  /** Kills the process, or prevents a start in progress from creating one. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const child = this.#process;
    if (!child) return;
    const exited = once(child, 'exit');
    this.#kill(CLOSED);
    await exited;
  }

  async #work(limitMs: number): Promise<WorkEnd> {
    this.#allOutputRead = false;
    const timer = setTimeout(() => this.#kill({ kind: 'timed_out' }), limitMs);
    const memoryPoll = setInterval(() => this.#checkMemory(), MEMORY_POLL_MS);
    try {
      return await new Promise<WorkEnd>((resolve) => {
        this.#endWork = resolve;
      });
    } finally {
      clearTimeout(timer);
      clearInterval(memoryPoll);
    }
  }

  #launch(api: RuntimeApi): void {
    const { settings, version } = this;
    const [command, args] = processCommand(settings, this.#setup);
    const child = spawn(command, args, {
      cwd: settings.folder,
      env: processEnvironment(settings, version, this.log.stream, api.address, this.#setup),
      stdio: ['ignore', 'pipe', 'ignore', hasTelemetryPipe(settings) ? 'pipe' : 'ignore'],
      // A process group of its own, so that a timeout also kills the function's child processes.
      detached: true,
    });
    this.#process = child;
    this.#killedFor = null;
    const onMessage = (message: string) => {
      this.#quiet?.refresh();
      this.log.writeOutput(message);
    };
    const [stdout, telemetry] = [child.stdio[1] as Readable, child.stdio[3] as Readable | null];
    const frames = new FrameReader(onMessage);
    telemetry?.on('data', (chunk: Buffer) => frames.push(chunk));
    readOutput(stdout, {
      onMessage,
      onIdle: () => {
        this.#allOutputRead = true;
        this.#checkIdle();
      },
    });
    const outputs = telemetry ? [stdout, telemetry] : [stdout];
    const outputsEnded = Promise.all(outputs.map((output) => once(output, 'close')));
    child.once('error', (error) => {
      this.log.writeOutput(`The process of ${settings.name} cannot be started: ${error.message}`);
      this.#handleExit({ kind: 'exited', how: 'exit status 127' });
    });
    child.once('exit', async (code, signal) => {
      // Child processes that the function left running must end with their environment.
      killGroup(child.pid);
      const grace = setTimeout(() => {
        for (const output of outputs) output.destroy();
      }, OUTPUT_GRACE_MS);
      await outputsEnded;
      clearTimeout(grace);
      this.#handleExit(this.#killedFor ?? { kind: 'exited', how: describeExit(code, signal) });
    });
  }

  #handleExit(end: WorkEnd): void {
    this.#process = null;
    clearTimeout(this.#quiet);
    this.#api?.close();
    this.#endWork(end);
  }

  /**
   * A custom runtime does not mark the end of its output. Its output counts as ended when nothing more comes for a
   * short time.
   */
  #handleWaiting(): void {
    clearTimeout(this.#quiet);
    if (this.settings.language !== 'custom') {
      this.#checkIdle();
      return;
    }
    this.#quiet = setTimeout(() => {
      this.#allOutputRead = true;
      this.#checkIdle();
    }, QUIET_MS);
  }

  #checkIdle(): void {
    if (!this.isReady || this.#killedFor) return;
    if (this.#checkMemory()) this.#endWork({ kind: 'idle' });
  }

  /** Kills the process and returns false if it used more memory than the function has. */
  #checkMemory(): boolean {
    const used = this.#process?.pid === undefined ? null : peakMemoryMb(this.#process.pid);
    if (used === null) return true;
    this.#peakMemoryMb = Math.max(this.#peakMemoryMb, used);
    if (used <= this.settings.memoryMb) return true;
    this.#kill({ kind: 'out_of_memory' });
    return false;
  }

  #kill(reason: WorkEnd): void {
    if (!this.#process) return;
    this.#killedFor ??= reason;
    killGroup(this.#process.pid);
  }
}

function killGroup(leader: number | undefined): void {
  // No id: the process could not be started.
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // All processes of the group have already ended.
  }
}

/** How Lambda's messages name the signals. The names come from Go. */
const SIGNAL_TEXTS: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: 'aborted',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
};

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `signal: ${SIGNAL_TEXTS[signal] ?? signal}`;
  return code === 0 ? '' : `exit status ${code}`;
}
