import type { Logger } from 'pino';
import type { FunctionReader } from '../../aws/function-reader.ts';
import type { Limits } from '../../config/limits.ts';
import type { ExecutionError } from '../../domain/outcome.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Doubt, HeldAttempt } from '../../ledger/records.ts';
import type { Waiters } from '../settle/waiters.ts';
import { doubtWindow } from './doubt-window.ts';

const OVERDUE: ExecutionError = {
  kind: 'deadline_exceeded',
  message:
    'The execution did not end before its deadline. The function may still run; its outcome is kept with the attempt.',
  retryable: true,
};

/** Puts attempts of dead replicas in doubt, and fails executions that are past their deadline. */
export class Rescuer {
  readonly #ledger: Ledger;
  readonly #functions: FunctionReader;
  readonly #waiters: Waiters;
  readonly #limits: Limits;
  readonly #log: Logger;

  constructor(ledger: Ledger, functions: FunctionReader, waiters: Waiters, limits: Limits, log: Logger) {
    this.#ledger = ledger;
    this.#functions = functions;
    this.#waiters = waiters;
    this.#limits = limits;
    this.#log = log;
  }

  /** Fails executions that are past their deadline. It does not wait for AWS, unlike doubtAbandoned(). */
  async failOverdue(): Promise<void> {
    const ids = await this.#ledger.failOverdue(OVERDUE);
    for (const id of ids) this.#log.info({ execution_id: id }, 'deadline passed');
    this.#waiters.ended(ids);
  }

  async doubtAbandoned(): Promise<void> {
    const abandoned = await this.#ledger.expiredLeases(100);
    if (abandoned.length === 0) return;
    await this.#ledger.recordDoubtMany(await Promise.all(abandoned.map((attempt) => this.#doubt(attempt))));
    for (const { id, number } of abandoned)
      this.#log.warn({ execution_id: id, attempt: number }, 'lease expired; attempt marked in doubt');
  }

  async #doubt({ id, number, ...held }: HeldAttempt): Promise<Doubt> {
    const facts = await this.#functions.describe(held.function, held.qualifier ?? undefined);
    return {
      id,
      number,
      code: 'holder_lost',
      reason: "The replica that held the invocation stopped before it recorded Lambda's answer.",
      requestId: null,
      windowSeconds: doubtWindow(held.invocationType, facts, this.#limits),
      expiredOnly: true,
    };
  }
}
