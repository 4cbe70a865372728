/** The log stream of one environment, and the log tail for a synchronous caller. */
import { randomUUID } from 'node:crypto';
import type { FaultPlan } from '../faults/fault-planner.ts';
import type { FunctionSettings } from '../functions/function-settings.ts';
import type { LogStore } from './log-store.ts';
import { type InitFigures, type LogSource, type PlatformLines, platformLines } from './platform-lines.ts';
import type { ReportFigures } from './report.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, LogResult */
const TAIL_BYTES = 4096;

export class EnvironmentLog {
  readonly stream: string;
  readonly #store: LogStore;
  readonly #source: LogSource;
  readonly #platform: PlatformLines;
  #tail: Buffer = Buffer.alloc(0);
  #delayMs: () => number = () => 0;
  #isShuffled = false;
  #marker: string | null = null;
  /** how many lines the function itself has written since the invocation began */
  #lines = { all: 0, marked: 0 };

  constructor(store: LogStore, settings: FunctionSettings, version: string, region: string) {
    const { name, logGroup } = settings;
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const id = randomUUID().replaceAll('-', '');
    // Several functions may share a custom log group, so its streams contain the function's name.
    const owner = logGroup === `/aws/lambda/${name}` ? '' : name;
    this.stream = `${day}/${owner}[${version}]${id}`;
    this.#store = store;
    this.#source = { settings, version, region, stream: this.stream };
    this.#platform = platformLines(settings);
  }

  /** Starts a new invocation: its fault plan applies to all following lines. */
  begin({ logDelayMs, isShuffled, logMarker }: FaultPlan): void {
    this.#delayMs = logDelayMs;
    this.#isShuffled = isShuffled;
    this.#marker = logMarker;
    this.#lines = { all: 0, marked: 0 };
  }

  get lines(): { all: number; marked: number } {
    return { ...this.#lines };
  }

  /** Writes output of the function's process. */
  writeOutput(message: string): void {
    this.#lines.all += 1;
    if (this.#marker !== null && message.includes(this.#marker)) this.#lines.marked += 1;
    this.#write(message);
  }

  initStart(): void {
    this.#writePlatform(this.#platform.initStart(this.#source));
  }

  initReport(figures: InitFigures): void {
    this.#writePlatform(this.#platform.initReport(figures));
  }

  start(requestId: string): void {
    this.#writePlatform(this.#platform.start(this.#source, requestId));
  }

  exit(requestId: string, how: string): void {
    const line = this.#platform.exit(requestId, how);
    if (line !== null) this.#writePlatform(line);
  }

  end(requestId: string, figures: ReportFigures): void {
    const end = this.#platform.end(requestId);
    if (end !== null) this.#writePlatform(end);
    this.#writePlatform(this.#platform.report(requestId, figures), this.#isShuffled);
  }

  /** In JSON format with the system log level WARN, platform records go to the tail only, not to the log stream. */
  #writePlatform(text: string, atOnce = false): void {
    const line = `${text}\n`;
    const { logFormat, systemLogLevel } = this.#source.settings;
    if (logFormat === 'JSON' && systemLogLevel === 'WARN') this.#addToTail(line);
    else this.#write(line, atOnce);
  }

  #write(message: string, atOnce = false): void {
    const delayMs = atOnce ? 0 : this.#delayMs();
    this.#store.append(this.#source.settings.logGroup, this.stream, message, delayMs, this.#isShuffled);
    this.#addToTail(message);
  }

  #addToTail(message: string): void {
    const line = message.endsWith('\n') ? message : `${message}\n`;
    const all = Buffer.concat([this.#tail, Buffer.from(line)]);
    const cut = Math.max(0, all.length - TAIL_BYTES);
    // In JSON, the tail has only whole records.
    const mayCutHere = this.#source.settings.logFormat === 'Text' || cut === 0;
    this.#tail = all.subarray(mayCutHere ? cut : all.indexOf('\n', cut - 1) + 1);
  }

  /** Returns the last 4096 bytes since the previous call, and clears them. */
  takeTail(): Buffer {
    const tail = this.#tail;
    this.#tail = Buffer.alloc(0);
    return tail;
  }
}
