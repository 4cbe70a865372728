/** The traces of sampled runs, in memory. Segments arrive late, and some never, as the fault script says. */
import {
  attemptSubsegment,
  eventSegment,
  invocationSegment,
  runSegment,
  type Segment,
  type TracedRun,
} from './segments.ts';
import { newSegmentId } from './trace-header.ts';

interface SentSegment {
  segment: Segment;
  /** epoch milliseconds */
  visibleAt: number;
}

export interface StoredTrace {
  id: string;
  durationSeconds: number;
  segments: Segment[];
}

/** An event whose segment is sent again with each further attempt. */
interface TracedEvent {
  segmentId: string;
  acceptedAt: number;
  attempts: Segment[];
}

/** Limits the memory of a long-running emulator. */
const KEPT_TRACES = 20_000;

export class TraceStore {
  readonly #traces = new Map<string, SentSegment[]>();
  #events = new WeakMap<object, TracedEvent>();

  /** @param delayMs draws the delay of one segment; null: it is lost */
  addHeldRun(run: TracedRun, delayMs: () => number | null): void {
    const id = newSegmentId();
    this.#send(run.root, invocationSegment(id, run), delayMs());
    this.#send(run.root, runSegment(id, run), delayMs());
  }

  /** @param event identifies the event that the run belongs to */
  addEventRun(event: object, acceptedAt: number, run: TracedRun, delayMs: () => number | null): void {
    const known = this.#events.get(event) ?? { segmentId: newSegmentId(), acceptedAt, attempts: [] };
    this.#events.set(event, known);
    const attempt = attemptSubsegment(run, known.attempts.length + 1);
    known.attempts.push(attempt);
    const whole = eventSegment(known.segmentId, known.acceptedAt, run, [...known.attempts]);
    this.#send(run.root, whole, delayMs());
    this.#send(run.root, runSegment(attempt.id, run), delayMs());
  }

  /** The segments of the trace that have arrived; undefined if none have. */
  find(id: string): StoredTrace | undefined {
    const now = Date.now();
    const arrived = (this.#traces.get(id) ?? []).filter(({ visibleAt }) => visibleAt <= now);
    if (arrived.length === 0) return undefined;
    // A segment that is sent again replaces the earlier one.
    const byId = new Map(arrived.map(({ segment }) => [segment.id, segment]));
    const segments = [...byId.values()];
    const starts = segments.map((segment) => Number(segment['start_time']));
    const ends = segments.map((segment) => Number(segment['end_time']));
    return { id, durationSeconds: Math.max(...ends) - Math.min(...starts), segments };
  }

  clear(): void {
    this.#traces.clear();
    this.#events = new WeakMap();
  }

  #send(root: string, segment: Segment | null, delayMs: number | null): void {
    if (segment === null || delayMs === null) return;
    const sent = this.#traces.get(root) ?? [];
    this.#traces.set(root, sent);
    sent.push({ segment, visibleAt: Date.now() + delayMs });
    const [oldest] = this.#traces.keys();
    if (this.#traces.size > KEPT_TRACES && oldest !== undefined) this.#traces.delete(oldest);
  }
}
