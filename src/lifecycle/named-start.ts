import { setTimeout as sleep } from 'node:timers/promises';
import type { InvokeAnswer } from '../aws/invoke-answer.ts';

/** Before each repeat; about 8 s in all, in which a broken connection or a gateway recovers. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000];

/**
 * Sends the start of a durable execution, and again under the same name while its answer is lost: Lambda starts one
 * execution for a name, and answers a repeat with what was started before.
 * https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html
 *
 * @param isWanted false when the execution has ended meanwhile
 */
export async function startUnderName(
  send: () => Promise<InvokeAnswer>,
  isWanted: () => Promise<boolean>,
): Promise<InvokeAnswer> {
  const first = await send();
  if (first.type !== 'in_doubt') return first;
  for (const pause of PAUSES_MS) {
    await sleep(pause * (0.5 + Math.random() / 2));
    if (!(await isWanted())) return first;
    const again = await send();
    if (again.type === 'answered') return again;
    // A refusal now proves nothing of the first request: the attempt stays in doubt.
  }
  return first;
}
