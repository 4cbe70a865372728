/**
 * The truth record: what really happened to every Invoke request, with its injected fault and each run of the function.
 * AWS has nothing like it. A rehearsal compares the bridge's reports with this record.
 */
import { createHash } from 'node:crypto';
import type { Answer, TruthEnd, TruthEntry, TruthRun } from '../model.ts';

/** The most entries that are kept, to limit the memory of a long-running emulator. A rehearsal needs much fewer. */
const MAX_ENTRIES = 50_000;
const PAGE_ENTRIES = 1_000;

export class TruthRecord {
  #entries: TruthEntry[] = [];
  #sequence = 0;
  #revision = 0;

  add(
    request: Omit<
      TruthEntry,
      'sequence' | 'revision' | 'received_at' | 'status' | 'answer' | 'runs' | 'ends'
    >,
  ): TruthEntry {
    this.#sequence += 1;
    const entry: TruthEntry = {
      sequence: this.#sequence,
      revision: 0,
      received_at: now(),
      ...request,
      status: null,
      answer: 'pending',
      runs: [],
      ends: [],
    };
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
    this.#touch(entry);
    return entry;
  }

  recordAnswer(entry: TruthEntry, { status, delivery = 'whole' }: Answer): void {
    Object.assign(entry, { status, answer: delivery });
    this.#touch(entry);
  }

  startRun(entry: TruthEntry, requestId: string, logStream: string): TruthRun {
    const run: TruthRun = {
      request_id: requestId,
      log_stream: logStream,
      started_at: now(),
      ended_at: null,
      outcome: 'running',
      error_type: null,
      result_sha256: null,
      log_lines: 0,
      marked_log_lines: 0,
    };
    entry.runs.push(run);
    this.#touch(entry);
    return run;
  }

  endRun(
    entry: TruthEntry,
    run: TruthRun,
    end: { payload: Buffer; errorType: string | null; lines: { all: number; marked: number } },
  ): void {
    Object.assign(run, {
      ended_at: now(),
      outcome: outcomeOf(end.errorType),
      error_type: end.errorType,
      result_sha256: sha256(end.payload),
      log_lines: end.lines.all,
      marked_log_lines: end.lines.marked,
    });
    this.#touch(entry);
  }

  addEnd(entry: TruthEntry, condition: string, destination: string | null): TruthEnd {
    const end: TruthEnd = { condition, ended_at: now(), destination, delivered: null };
    entry.ends.push(end);
    this.#touch(entry);
    return end;
  }

  recordDelivery(entry: TruthEntry, end: TruthEnd, delivered: boolean): void {
    end.delivered = delivered;
    this.#touch(entry);
  }

  recordDurable(entry: TruthEntry, name: string, arn: string): void {
    Object.assign(entry, { durable_execution_name: name, durable_execution_arn: arn });
    this.#touch(entry);
  }

  /** Entries that are new or have changed since the revision `after`, the earliest change first. */
  page(after: number): { entries: TruthEntry[]; next_after: number; complete: boolean } {
    const changed = this.#entries
      .filter(({ revision }) => revision > after)
      .sort((a, b) => a.revision - b.revision);
    const entries = changed.slice(0, PAGE_ENTRIES);
    return {
      entries,
      next_after: entries.at(-1)?.revision ?? after,
      complete: entries.length === changed.length,
    };
  }

  /** Keeps the counters of sequence and revision, so that an old cursor does not skip new entries. */
  clear(): void {
    this.#entries = [];
  }

  #touch(entry: TruthEntry): void {
    this.#revision += 1;
    entry.revision = this.#revision;
  }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function outcomeOf(errorType: string | null): TruthRun['outcome'] {
  if (errorType === null) return 'succeeded';
  return errorType === 'Sandbox.Timedout' ? 'timed_out' : 'failed';
}

function now(): string {
  return new Date().toISOString();
}
