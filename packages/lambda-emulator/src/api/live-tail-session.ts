/** One Live Tail session: sends an update each second over the answer to StartLiveTail, until the session ends. */
import type { ServerResponse } from 'node:http';
import type { LiveTailBreak } from '../faults/fault-planner.ts';
import { ACCOUNT_ID } from '../functions/function-name.ts';
import type { LiveTailCollector, LiveTailUpdate } from '../logs/live-tail-collector.ts';
import { encodeEvent, encodeException, encodeInitialResponse } from './event-stream.ts';

const UPDATE_MS = 1000;
/** For a client that reads too slowly, CloudWatch keeps 10 updates, or 5,000 events, which 10 full updates have. */
const KEPT_UPDATES = 10;

export interface LiveTailSettings {
  /** the body of the event sessionStart */
  start: object;
  timeoutMs: number;
  /** null: the session does not break */
  fault: LiveTailBreak | null;
  onEnd: () => void;
}

export class LiveTailSession {
  readonly #collector: LiveTailCollector;
  readonly #settings: LiveTailSettings;
  #response: ServerResponse | null = null;
  #timers: NodeJS.Timeout[] = [];
  /** updates that the client has not made room for */
  #waiting: Uint8Array[] = [];

  constructor(collector: LiveTailCollector, settings: LiveTailSettings) {
    this.#collector = collector;
    this.#settings = settings;
  }

  /** @param response its head has been sent */
  open(response: ServerResponse): void {
    const { start, timeoutMs, fault } = this.#settings;
    this.#response = response;
    if (response.destroyed) {
      this.end();
      return;
    }
    response.once('close', () => this.end());
    response.on('drain', () => this.#sendWaiting());
    response.write(encodeInitialResponse());
    response.write(encodeEvent('sessionStart', start));
    this.#timers = [
      setInterval(() => this.#update(), UPDATE_MS),
      setTimeout(() => this.fail('SessionTimeoutException', 'The session timed out.'), timeoutMs),
    ];
    if (fault) this.#timers.push(setTimeout(() => this.#break(fault.how), fault.afterMs));
  }

  /** Ends the session with an exception in the stream. */
  fail(name: 'SessionTimeoutException' | 'SessionStreamingException', message: string): void {
    for (const update of this.#waiting) this.#response?.write(update);
    this.#response?.end(encodeException(name, message));
    this.end();
  }

  /** Sends nothing more. The connection stays as it is. */
  end(): void {
    this.#stopTimers();
    this.#waiting = [];
    this.#settings.onEnd();
  }

  #update(): void {
    try {
      this.#waiting.push(encodeEvent('sessionUpdate', toBody(this.#collector.take())));
    } catch (error) {
      console.error('A Live Tail session failed:', error);
      this.fail('SessionStreamingException', 'An unknown error occurred.');
      return;
    }
    if (this.#waiting.length > KEPT_UPDATES) this.#waiting.shift();
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    while (this.#response && !this.#response.writableNeedDrain) {
      const update = this.#waiting.shift();
      if (!update) return;
      this.#response.write(update);
    }
  }

  #break(how: LiveTailBreak['how']): void {
    if (how === 'exception') this.fail('SessionStreamingException', 'An unknown error occurred.');
    else if (how === 'reset') this.#response?.socket?.resetAndDestroy();
    // Silence: the session lasts until the client closes the connection.
    else this.#stopTimers();
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }
}

function toBody({ events, sampled }: LiveTailUpdate): object {
  return {
    sessionMetadata: { sampled },
    sessionResults: events.map(({ group, stream, message, timestamp, ingestionTime }) => ({
      logStreamName: stream,
      // Neither the ARN nor the name alone: docs/local-lambda.md says where this was seen.
      logGroupIdentifier: `${ACCOUNT_ID}:${group}`,
      message,
      timestamp,
      ingestionTime,
    })),
  };
}
