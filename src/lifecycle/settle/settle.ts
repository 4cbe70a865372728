import type { Logger } from 'pino';
import type { Limits } from '../../config/limits.ts';
import type { ObjectRef } from '../../domain/object-ref.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { storable } from '../../domain/result-content.ts';
import type { GroupedWrites } from '../../ledger/grouped-writes.ts';
import type { Staging } from '../staging.ts';
import type { Waiters } from './waiters.ts';

export type Settle = (
  attempt: { id: string; number: number },
  channel: string,
  outcome: Outcome,
  options?: { presumedLost?: boolean },
) => Promise<void>;

/** The only way to end an attempt: stages a large result, writes the outcome, and wakes the waiters. */
export function createSettle(
  writes: GroupedWrites,
  staging: Staging,
  waiters: Waiters,
  limits: Limits,
  log: Logger,
): Settle {
  return async ({ id, number }, channel, outcome, { presumedLost = false } = {}) => {
    const bound = log.child({ execution_id: id, attempt: number, channel });
    const resultRef = await resultRefOf(id, number, outcome);
    const settlement = { id, number, channel, outcome: writable(outcome), presumedLost };
    const ended = await writes.settle(resultRef ? { ...settlement, resultRef } : settlement);
    const failure =
      outcome.state === 'failed' ? { error_kind: outcome.error.kind, error_type: outcome.error.type } : {};
    bound.info(
      { effect: ended.effect, outcome: outcome.state, request_id: outcome.requestId, ...failure },
      'attempt ended',
    );
    if (ended.effect === 'settled') waiters.ended([id], ended.execution);
  };

  async function resultRefOf(id: string, number: number, outcome: Outcome): Promise<ObjectRef | undefined> {
    if (outcome.state !== 'succeeded') return undefined;
    if (outcome.resultRef) return outcome.resultRef;
    if (outcome.result === undefined || !staging.available) return undefined;
    if (Buffer.byteLength(outcome.result) <= limits.inlineResultBytes) return undefined;
    try {
      return await staging.stageResult(id, number, outcome.result, outcome.resultType);
    } catch (error) {
      // The function has run, so its result must not be lost because S3 refuses it. The ledger can hold 6 MB.
      log.error(
        { err: error, execution_id: id, attempt: number },
        'staging the result failed; it is kept in the ledger',
      );
      return undefined;
    }
  }
}

/** A result of a durable execution is a JSON string at AWS, and so may contain NUL. */
function writable(outcome: Outcome): Outcome {
  if (outcome.state !== 'succeeded' || outcome.result === undefined) return outcome;
  return { ...outcome, result: storable(outcome.result) };
}
