/** Values above 64 KB, which PostgreSQL gets apart from the arrays of a batch, arrive as they are. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewExecution } from '../../../src/ledger/records.ts';
import { LEDGERS, queue, type TestLedger } from '../../helpers/ledger.ts';
import { settlement } from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';

const AWKWARD = '"quoted", {braces}, back\\slash, \\N, NULL, größe 漢字 👍, \t, , ';
const LARGE = Math.ceil(70_000 / AWKWARD.length);

/** Different for each number, also in its length. */
const text = (n: number, times = LARGE) => JSON.stringify(`${n} ${AWKWARD.repeat(times + n)}`);

/** Sizes on both sides of the 64 KB from which a value is large. */
const SIZES: [string, string][] = [
  ['none', ''],
  ['small', text(1, 1)],
  ['64 KB', 'x'.repeat(65_536)],
  ['64 KB and a byte', 'x'.repeat(65_537)],
  ['64 KB in fewer characters', `${'ü'.repeat(40_000)}"`],
  ['large', text(2)],
];

describe.each(LEDGERS)('a large value on %s', (_name, open) => {
  let db: TestLedger;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());

  async function claimedPayload(id: string): Promise<string> {
    const claimed = await db.claimDue({ owner: randomUUID(), seconds: 30 }, 1_000);
    const attempt = claimed.find((one) => one.id === id);
    const payload = attempt?.payload ?? (await db.readPayload(id));
    expect(payload?.length).toBe(attempt?.payloadBytes);
    return String(payload && Buffer.from(payload));
  }

  it.each(SIZES)('is claimed byte for byte as a payload: %s', async (_size, payload) => {
    const id = await queue(db, { payload: Buffer.from(payload) });
    expect(await claimedPayload(id)).toBe(payload);
  });

  it('is found among other large ones of its batch, and next to small ones and to none', async () => {
    const payloads = [text(1), undefined, text(2), text(3, 0), text(4), '', text(5, 1)];
    const batch = payloads.map((payload) => withPayload(payload));
    const submitted = await db.submitMany(batch);
    expect(submitted.map(({ execution }) => execution.id)).toEqual(batch.map(({ id }) => id));
    const claimed = await db.claimDue({ owner: randomUUID(), seconds: 30 }, 1_000);
    for (const [at, { id }] of batch.entries()) {
      const attempt = claimed.find((one) => one.id === id);
      const whole = attempt?.payload ?? (attempt?.payloadBytes ? await db.readPayload(id) : null);
      expect(whole && String(Buffer.from(whole))).toBe(payloads[at] ?? null);
    }
  });

  it('reaches the new execution of a key, not only the first', async () => {
    const idempotencyKey = randomUUID();
    const first = newExecution({ idempotencyKey, payload: Buffer.from(text(1)) });
    await db.submitMany([first]);
    await db.cancel(first.id, { kind: 'cancelled', message: 'Cancelled', retryable: true });
    const rerun = newExecution({ idempotencyKey, payload: Buffer.from(text(2)) }, { rerunFailed: true });
    await db.submitMany([rerun]);
    expect(await claimedPayload(rerun.id)).toBe(text(2));
  });

  it.each(SIZES)('is returned and read as a result, as text and as bytes: %s', async (_size, result) => {
    const batch = [newExecution(), newExecution()];
    await db.submitMany(batch.map((one) => ({ ...one, lease: { owner: randomUUID(), seconds: 30 } })));
    // 0xff is in no text.
    const bytes = Buffer.concat([Buffer.from(result), Buffer.from([0xff, 0, 0x5c])]);
    const contents = [result, bytes];
    const ended = await db.settleMany(
      batch.map(({ id }, at) =>
        settlement({ id, number: 1 }, { state: 'succeeded', result: contents[at] ?? '', resultType: 'a/b' }),
      ),
    );
    for (const [at, { id }] of batch.entries()) {
      const read = await db.get(id);
      expect(ended[at]).toMatchObject({ effect: 'settled' });
      expect(ended[at]?.execution).toEqual(read);
      expect(typeof read?.result).toBe(at === 0 ? 'string' : 'object');
      expect(Buffer.from(read?.result ?? 'none').equals(Buffer.from(contents[at] ?? ''))).toBe(true);
      expect(read?.resultType).toBe('a/b');
    }
  });

  it('is kept for each of several results of one batch', async () => {
    const batch = Array.from({ length: 6 }, () =>
      newExecution({}, { lease: { owner: randomUUID(), seconds: 30 } }),
    );
    await db.submitMany(batch);
    const results = batch.map((_one, n) => (n % 2 === 0 ? text(n) : Buffer.from(text(n))));
    const settlements = batch.map(({ id }, at) =>
      settlement({ id, number: 1 }, { state: 'succeeded', result: results[at] ?? '' }),
    );
    const ended = await db.settleMany(settlements);
    expect(ended.map(({ execution }) => execution?.id)).toEqual(batch.map(({ id }) => id));
    for (const [at, { id }] of batch.entries())
      expect(String(Buffer.from((await db.get(id))?.result ?? ''))).toBe(String(results[at]));
  });
});

function withPayload(payload: string | undefined): NewExecution {
  const execution = newExecution();
  if (payload !== undefined) execution.request.payload = Buffer.from(payload);
  else delete execution.request.payload;
  return execution;
}
