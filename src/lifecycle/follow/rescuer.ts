import type { Logger } from 'pino';
import type { FunctionReader } from '../../aws/function-reader.ts';
import type { Limits } from '../../config/limits.ts';
import type { ExecutionError } from '../../domain/outcome.ts';
import type { Database } from '../../ledger/database.ts';
import { recordDoubt } from '../../ledger/dispatch.ts';
import { expiredLeases, type HeldAttempt } from '../../ledger/open-attempts.ts';
import { failOverdue } from '../../ledger/settle.ts';
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
  readonly #db: Database;
  readonly #functions: FunctionReader;
  readonly #waiters: Waiters;
  readonly #limits: Limits;
  readonly #log: Logger;

  constructor(db: Database, functions: FunctionReader, waiters: Waiters, limits: Limits, log: Logger) {
    this.#db = db;
    this.#functions = functions;
    this.#waiters = waiters;
    this.#limits = limits;
    this.#log = log;
  }

  /** Fails executions that are past their deadline. It does not wait for AWS, unlike doubtAbandoned(). */
  async failOverdue(): Promise<void> {
    const ids = await failOverdue(this.#db, OVERDUE);
    for (const id of ids) this.#log.info({ execution_id: id }, 'deadline passed');
    this.#waiters.ended(ids);
  }

  async doubtAbandoned(): Promise<void> {
    const abandoned = await expiredLeases(this.#db, 100);
    await Promise.all(abandoned.map((attempt) => this.#doubt(attempt)));
  }

  async #doubt({ id, number, ...held }: HeldAttempt): Promise<void> {
    const facts = await this.#functions.describe(held.function, held.qualifier ?? undefined);
    await recordDoubt(this.#db, id, number, {
      code: 'holder_lost',
      reason: "The replica that held the invocation stopped before it recorded Lambda's answer.",
      requestId: null,
      windowSeconds: doubtWindow(held.invocationType, facts, this.#limits),
      expiredOnly: true,
    });
    this.#log.warn({ execution_id: id, attempt: number }, 'lease expired; attempt marked in doubt');
  }
}
