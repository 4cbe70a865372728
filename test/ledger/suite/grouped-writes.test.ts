import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GroupedWrites } from '../../../src/ledger/grouped-writes.ts';
import type { Ended, NewExecution, Settlement, Submitted } from '../../../src/ledger/records.ts';
import { LEDGERS, type TestLedger } from '../../helpers/ledger.ts';
import { acceptance, doubt, refusal, settlement } from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';

const lease = { owner: randomUUID(), seconds: 30 };
/** Bytes of a value that PostgreSQL gets apart from the others of its batch. */
const LARGE = 70_000;

describe.each(LEDGERS)('writes that are grouped, on %s', (_name, open) => {
  let db: TestLedger;
  let writes: GroupedWrites;
  /** how many were written together, batch by batch */
  let sizes: number[];
  beforeAll(async () => {
    db = await open();
    sizes = [];
    const submitMany = (executions: readonly NewExecution[]): Promise<Submitted[]> => {
      sizes.push(executions.length);
      return db.submitMany(executions);
    };
    const settleMany = (settlements: readonly Settlement[]): Promise<Ended[]> => {
      sizes.push(settlements.length);
      return db.settleMany(settlements);
    };
    writes = new GroupedWrites({ ...db, submitMany, settleMany });
  });
  afterAll(() => db.close());

  const submitted = async (count: number) => {
    const batch = Array.from({ length: count }, () => newExecution({}, { lease }));
    await db.submitMany(batch);
    return batch.map(({ id }) => ({ id, number: 1 }));
  };

  it('give each submit and each end its own answer', async () => {
    const executions = Array.from({ length: 50 }, () => newExecution({}, { lease }));
    sizes.length = 0;
    const answers = await Promise.all(executions.map((execution) => writes.submit(execution)));
    expect(answers.map(({ execution }) => execution.id)).toEqual(executions.map(({ id }) => id));
    const ends = await Promise.all(
      executions.map(({ id }, at) =>
        writes.settle(settlement({ id, number: 1 }, { state: 'succeeded', result: `${at}` })),
      ),
    );
    expect(ends.map(({ effect }) => effect)).toEqual(executions.map(() => 'settled'));
    expect(sizes).toEqual([50, 50]);
    for (const [at, { id }] of executions.entries()) expect((await db.get(id))?.result).toBe(`${at}`);
  });

  it.each([
    ['small', 1],
    ['large', LARGE],
  ])(
    'create the good ones of a batch with a %s execution that the database refuses',
    async (_size, bytes) => {
      const payload = Buffer.alloc(LARGE, 'x');
      const good = [
        newExecution({}, { lease }),
        newExecution({ payload }),
        newExecution({ idempotencyKey: randomUUID() }),
        newExecution({ idempotencyKey: randomUUID(), payload }, { lease }),
        newExecution(),
      ];
      const bad = newExecution({ completion: [], payload: Buffer.alloc(bytes, 'x') });
      sizes.length = 0;
      const results = await Promise.allSettled([...good, bad].map((execution) => writes.submit(execution)));
      expect(sizes[0]).toBe(6);
      expect(results.pop()).toMatchObject({ reason: { message: expect.stringMatching(/constraint/i) } });
      for (const [at, { id }] of good.entries())
        expect(results[at]).toEqual({
          status: 'fulfilled',
          value: { effect: 'created', execution: await db.get(id) },
        });
    },
  );

  it('settle the good ones of a batch with an outcome that the database refuses', async () => {
    const keys = await submitted(5);
    const result = 'x'.repeat(LARGE);
    const settlements = keys.map((key, at) =>
      settlement(key, {
        state: 'succeeded',
        result: at % 2 === 0 ? result : '1',
        deliveries: at === 2 ? 1.5 : 1,
      }),
    );
    sizes.length = 0;
    const results = await Promise.allSettled(settlements.map((one) => writes.settle(one)));
    expect(sizes[0]).toBe(5);
    for (const [at, { id }] of keys.entries()) {
      const execution = await db.get(id);
      if (at === 2) expect([results[at]?.status, execution?.state]).toEqual(['rejected', 'running']);
      else expect(results[at]).toEqual({ status: 'fulfilled', value: { effect: 'settled', execution } });
    }
  });

  it('record the good ones of a batch with a doubt or a refusal that the database refuses', async () => {
    const [doubted, badDoubt, requeued, badRefusal, accepted] = await submitted(5);
    if (!doubted || !badDoubt || !requeued || !badRefusal || !accepted) throw new Error('too few');
    const results = await Promise.allSettled([
      writes.recordDoubt(doubt(badDoubt, { code: 'nonsense' as never })),
      writes.recordDoubt(doubt(doubted)),
      writes.requeue(refusal(badRefusal, Number.NaN)),
      writes.requeue(refusal(requeued)),
      writes.recordAccepted(acceptance(accepted)),
    ]);
    const status = results.map((result) => result.status);
    expect(status).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    const states = async (...keys: { id: string }[]) =>
      Promise.all(keys.map(async ({ id }) => (await db.get(id))?.state));
    expect(await states(doubted, badDoubt, requeued, badRefusal, accepted)).toEqual([
      'in_doubt',
      'running',
      'queued',
      'running',
      'running',
    ]);
    expect((await db.get(accepted.id))?.attempts[0]?.phase).toBe('accepted');
  });
});
