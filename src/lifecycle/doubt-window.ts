import type { FunctionFacts } from '../aws/function-reader.ts';
import { evidenceWindow } from '../completion/evidence-window.ts';
import type { InvocationType } from '../domain/execution.ts';
import type { Limits } from './limits.ts';

/**
 * For how many seconds after a lost answer its invocation may still end. Whether Lambda took the event nobody knows: if
 * it did, the event may wait in its queue, and be run again, as one that was accepted.
 */
export function doubtWindow(invocationType: InvocationType, facts: FunctionFacts, limits: Limits): number {
  if (invocationType === 'Event') return evidenceWindow(facts);
  return facts.timeoutSeconds + limits.evidenceSeconds;
}
