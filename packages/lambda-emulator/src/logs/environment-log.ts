/** The log stream of one environment, and the tail that a synchronous caller gets. */
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
  #marker: string | null = null;
  /** written by the function itself since the invocation began */
  #lines = { all: 0, marked: 0 };

  constructor(store: LogStore, settings: FunctionSettings, version: string, region: string) {
    const { name, logGroup } = settings;
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const id = randomUUID().replaceAll('-', '');
    // A group that several functions may share has the function's name in its streams.
    const owner = logGroup === `/aws/lambda/${name}` ? '' : name;
    this.stream = `${day}/${owner}[${version}]${id}`;
    this.#store = store;
    this.#source = { settings, version, region, stream: this.stream };
    this.#platform = platformLines(settings);
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

  end(requestId: string, figures: ReportFigures): void {
    const end = this.#platform.end(requestId);
    if (end !== null) this.#writePlatform(end);
    this.#writePlatform(this.#platform.report(requestId, figures));
  }

  /** At the level WARN, lines of the platform are left out of the log, but not of the tail. */
  #writePlatform(line: string): void {
    const { logFormat, systemLogLevel } = this.#source.settings;
    if (logFormat === 'JSON' && systemLogLevel === 'WARN') this.#addToTail(line);
    else this.#write(line);
  }

  #write(message: string): void {
    this.#store.append(this.#source.settings.logGroup, this.stream, message, this.#delayMs());
    this.#addToTail(message);
  }

  #addToTail(message: string): void {
    const all = Buffer.concat([this.#tail, Buffer.from(`${message}\n`)]);
    const cut = Math.max(0, all.length - TAIL_BYTES);
    // In JSON, Lambda gives whole records only.
    const isWhole = this.#source.settings.logFormat === 'Text' || cut === 0;
    this.#tail = all.subarray(isWhole ? cut : all.indexOf('\n', cut - 1) + 1);
  }

  /** The last 4096 bytes since the last call. */
  takeTail(): Buffer {
    const tail = this.#tail;
    this.#tail = Buffer.alloc(0);
    return tail;
  }
}
