import type { FunctionFacts } from '../../aws/function-reader.ts';
import { evidenceWindow } from '../../completion/evidence-window.ts';
import type { Limits } from '../../config/limits.ts';
import type { InvocationType } from '../../domain/execution.ts';

/**
 * For how many seconds after a lost answer the invocation may still end. Lambda may have accepted the event: then the
 * event may wait in Lambda's queue and be retried, like any accepted event.
 */
export function doubtWindow(invocationType: InvocationType, facts: FunctionFacts, limits: Limits): number {
  if (invocationType === 'Event') return evidenceWindow(facts);
  return facts.timeoutSeconds + limits.evidenceSeconds;
}
