import { setTimeout as sleep } from 'node:timers/promises';
import type { InvokeAnswer } from '../../aws/invoke-answer.ts';
import { type Backoff, backoffMs } from '../../domain/backoff.ts';

/** Four repeats within about 8 s, in which a broken connection or a gateway recovers. */
const REPEATS = 4;
const PAUSE: Backoff = { firstMs: 500, maxMs: 4_000, jitter: 'half' };

/**
 * Sends the start of a durable execution, and repeats it under the same name while its answer is lost. Lambda starts one
 * execution per name, and answers a repeat with the execution that it started before:
 * https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html
 *
 * @param isWanted false when the execution has ended meanwhile
 */
export async function startDurable(
  send: () => Promise<InvokeAnswer>,
  isWanted: () => Promise<boolean>,
): Promise<InvokeAnswer> {
  const first = await send();
  if (first.type !== 'in_doubt') return first;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    await sleep(backoffMs(repeat, PAUSE));
    if (!(await isWanted())) return first;
    const again = await send();
    if (again.type === 'answered') return again;
    // A refusal of a repeat proves nothing about the first request, so the attempt stays in doubt.
  }
  return first;
}
