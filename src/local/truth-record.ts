/**
 * What really happened to every Invoke request: the fault it met, and each run of the function. It exists nowhere in
 * AWS; a rehearsal holds its own books against it.
 */
import { createHash } from 'node:crypto';
import type { FaultKind } from './fault-script.ts';
import type { Answer } from './invoke-call.ts';

export interface TruthRun {
  /** other than the entry's for a durable execution, which has one for each of its invocations */
  request_id: string;
  log_stream: string;
  started_at: string;
  ended_at: string | null;
  outcome: 'running' | 'succeeded' | 'failed' | 'timed_out';
  error_type: string | null;
  /** of the result, or of the error's payload */
  result_sha256: string | null;
  /** log events written by the function itself */
  log_lines: number;
  /** those of them that contain the marker of the fault script */
  marked_log_lines: number;
}

/** How Lambda's queue was done with an event, or a durable execution ended. */
export interface TruthEnd {
  condition: string;
  ended_at: string;
  /** ARN of the destination that a record was for */
  destination: string | null;
  /** null: there is no destination, or the record is still on its way */
  delivered: boolean | null;
}

export interface TruthEntry {
  /** order of arrival */
  sequence: number;
  /** rises with every change of any entry */
  revision: number;
  received_at: string;
  request_id: string;
  function: string;
  qualifier: string | null;
  invocation_type: 'RequestResponse' | 'Event';
  /** root of the X-Ray trace header */
  trace_root: string | null;
  /** `custom.execution_id` of the client context, else `bridge.execution_id` of the event */
  execution_id: string | null;
  durable_execution_name: string | null;
  durable_execution_arn: string | null;
  payload_sha256: string;
  fault: FaultKind | null;
  /** HTTP status of the answer; 0 where none was made, null while there is none */
  status: number | null;
  /** what the caller got of the answer */
  answer: 'pending' | NonNullable<Answer['delivery']>;
  runs: TruthRun[];
  ends: TruthEnd[];
}

/** So that an endpoint left running does not fill the memory; far over what one rehearsal sends. */
const KEPT_ENTRIES = 50_000;
const PAGE_ENTRIES = 1_000;

export class TruthRecord {
  #entries: TruthEntry[] = [];
  #sequence = 0;
  #revision = 0;

  add(
    known: Omit<TruthEntry, 'sequence' | 'revision' | 'received_at' | 'status' | 'answer' | 'runs' | 'ends'>,
  ): TruthEntry {
    this.#sequence += 1;
    const entry: TruthEntry = {
      sequence: this.#sequence,
      revision: 0,
      received_at: now(),
      ...known,
      status: null,
      answer: 'pending',
      runs: [],
      ends: [],
    };
    this.#entries.push(entry);
    if (this.#entries.length > KEPT_ENTRIES) this.#entries.shift();
    this.#touch(entry);
    return entry;
  }

  answered(entry: TruthEntry, { status, delivery = 'whole' }: Answer): void {
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

  delivered(entry: TruthEntry, end: TruthEnd, delivered: boolean): void {
    end.delivered = delivered;
    this.#touch(entry);
  }

  nameDurable(entry: TruthEntry, name: string, arn: string): void {
    Object.assign(entry, { durable_execution_name: name, durable_execution_arn: arn });
    this.#touch(entry);
  }

  /** Entries that are new or have changed since the revision `after`, those first that changed first. */
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

  /** Sequence and revision go on, so that an old cursor does not skip what is new. */
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
