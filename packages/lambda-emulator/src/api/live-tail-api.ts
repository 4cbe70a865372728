/**
 * StartLiveTail of CloudWatch Logs, whose answer is a stream of log events:
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html
 */
import { randomUUID } from 'node:crypto';
import type { FaultPlanner } from '../faults/fault-planner.ts';
import { LiveTailCollector } from '../logs/live-tail-collector.ts';
import { type LiveTailInput, selectEvents } from '../logs/live-tail-selection.ts';
import type { LogStore } from '../logs/log-store.ts';
import type { Answer } from '../model.ts';
import { AwsError } from './aws-error.ts';
import { EVENT_STREAM_TYPE } from './event-stream.ts';
import { LiveTailSession } from './live-tail-session.ts';

/** The default quota of an account: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const MAX_SESSIONS = 15;

export class LiveTailApi {
  readonly #store: LogStore;
  readonly #region: string;
  readonly #timeoutMs: number;
  readonly #planner: FaultPlanner;
  readonly #sessions = new Set<LiveTailSession>();

  constructor(store: LogStore, region: string, timeoutSeconds: number, planner: FaultPlanner) {
    this.#store = store;
    this.#region = region;
    this.#timeoutMs = timeoutSeconds * 1000;
    this.#planner = planner;
  }

  /** @throws AwsError */
  start(input: LiveTailInput, requestId: string): Answer {
    const selection = selectEvents(this.#store, this.#region, input);
    if (this.#sessions.size >= MAX_SESSIONS) {
      const text = `There are already ${MAX_SESSIONS} Live Tail sessions. Close one first.`;
      throw new AwsError(400, 'LimitExceededException', text);
    }
    const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes, logEventFilterPattern } = input;
    const session = new LiveTailSession(new LiveTailCollector(this.#store, selection), {
      start: {
        requestId,
        sessionId: randomUUID(),
        logGroupIdentifiers,
        logStreamNames,
        logStreamNamePrefixes,
        logEventFilterPattern,
      },
      timeoutMs: this.#timeoutMs,
      fault: this.#planner.planLiveTail(),
      onEnd: () => this.#sessions.delete(session),
    });
    this.#sessions.add(session);
    return {
      status: 200,
      headers: { 'Content-Type': EVENT_STREAM_TYPE },
      stream: (response) => session.open(response),
    };
  }

  /** Ends all sessions with an exception. */
  clear(): void {
    for (const session of this.#sessions) {
      session.fail('SessionStreamingException', 'The emulator was reset.');
    }
  }

  close(): void {
    for (const session of this.#sessions) session.end();
  }
}
