/** The log stream of one environment, and the tail that a synchronous caller gets. */
import { randomUUID } from 'node:crypto';
import { platformLines } from './platform-lines.js';

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, LogResult */
const TAIL_BYTES = 4096;
export class EnvironmentLog {
  stream;
  #store;
  #source;
  #platform;
  #tail = Buffer.alloc(0);
  #delayMs = () => 0;
  #marker = null;
  /** written by the function itself since the invocation began */
  #lines = { all: 0, marked: 0 };
  constructor(store, settings, version, region) {
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
  begin({ logDelayMs, logMarker }) {
    this.#delayMs = logDelayMs;
    this.#marker = logMarker;
    this.#lines = { all: 0, marked: 0 };
  }
  get lines() {
    return { ...this.#lines };
  }
  /** What the function's process wrote. */
  writeOutput(message) {
    this.#lines.all += 1;
    if (this.#marker !== null && message.includes(this.#marker)) this.#lines.marked += 1;
    this.#write(message);
  }
  initStart() {
    this.#writePlatform(this.#platform.initStart(this.#source));
  }
  initReport(figures) {
    this.#writePlatform(this.#platform.initReport(figures));
  }
  start(requestId) {
    this.#writePlatform(this.#platform.start(this.#source, requestId));
  }
  end(requestId, figures) {
    const end = this.#platform.end(requestId);
    if (end !== null) this.#writePlatform(end);
    this.#writePlatform(this.#platform.report(requestId, figures));
  }
  /** At the level WARN, lines of the platform are left out of the log, but not of the tail. */
  #writePlatform(line) {
    const { logFormat, systemLogLevel } = this.#source.settings;
    if (logFormat === 'JSON' && systemLogLevel === 'WARN') this.#addToTail(line);
    else this.#write(line);
  }
  #write(message) {
    this.#store.append(this.#source.settings.logGroup, this.stream, message, this.#delayMs());
    this.#addToTail(message);
  }
  #addToTail(message) {
    const all = Buffer.concat([this.#tail, Buffer.from(`${message}\n`)]);
    const cut = Math.max(0, all.length - TAIL_BYTES);
    // In JSON, Lambda gives whole records only.
    const isWhole = this.#source.settings.logFormat === 'Text' || cut === 0;
    this.#tail = all.subarray(isWhole ? cut : all.indexOf('\n', cut - 1) + 1);
  }
  /** The last 4096 bytes since the last call. */
  takeTail() {
    const tail = this.#tail;
    this.#tail = Buffer.alloc(0);
    return tail;
  }
}
//# sourceMappingURL=environment-log.js.map
