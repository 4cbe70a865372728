import { expect, it } from 'vitest';
import type { InvokeAnswer } from '../../../src/aws/invoke-answer.ts';
import { startDurable } from '../../../src/lifecycle/invoke/durable-start.ts';

const doubt: InvokeAnswer = { type: 'in_doubt', reason: 'reset' };
const refused: InvokeAnswer = {
  type: 'refused',
  retryable: true,
  error: { kind: 'throttled', message: 'Rate exceeded', retryable: true },
};
const answered: InvokeAnswer = { type: 'answered', statusCode: 202, payload: '' };

/** Sends what Lambda is to answer, one after the other. */
function lambda(...answers: InvokeAnswer[]) {
  let sent = 0;
  return {
    send: async () => answers[sent++] ?? doubt,
    sent: () => sent,
  };
}

it('sends a start once where its answer came', async () => {
  for (const answer of [answered, refused]) {
    const { send, sent } = lambda(answer);
    expect(await startDurable(send, async () => true)).toBe(answer);
    expect(sent()).toBe(1);
  }
});

it('sends it again where the answer was lost, and takes the answer to the repeat', async () => {
  const { send, sent } = lambda(doubt, refused, answered);
  expect(await startDurable(send, async () => true)).toBe(answered);
  expect(sent()).toBe(3);
});

it('stays in doubt where only repeats were refused, and sends none that nobody wants', async () => {
  const { send, sent } = lambda(doubt, refused);
  expect(await startDurable(send, async () => sent() < 2)).toBe(doubt);
  expect(sent()).toBe(2);
});
