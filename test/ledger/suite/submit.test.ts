import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/domain/id.ts';
import type { NewExecution } from '../../../src/ledger/records.ts';
import { LEDGERS, settleOne, submitOne, type TestLedger } from '../../helpers/ledger.ts';
import { BOOM, CANCELLED, settlement } from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';

const lease = { owner: randomUUID(), seconds: 30 };

describe.each(LEDGERS)('submitting on %s', (_name, open) => {
  let db: TestLedger;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());

  /** An execution with everything that a submit may have, under a key of its own. */
  function complete(rest: Partial<NewExecution> = {}): NewExecution {
    return newExecution(
      {
        function: 'arn:aws:lambda:eu-central-1:123456789012:function:reports',
        qualifier: 'live',
        invocationType: 'Event',
        logType: 'Tail',
        clientContext: 'eyJhIjoxfQ==',
        tenantId: 'tenant',
        completion: ['callback', 'logs'],
        timeoutSeconds: 60,
        idempotencyKey: randomUUID(),
        envelope: true,
        labels: { 'a "b"': '{c},\\d', ünï: '\u0000' },
        airflow: { dag_id: 'dag', run_id: 'run {1}', task_id: 'task', map_index: 3, try_number: 2 },
      },
      { warnings: [{ code: 'w', message: 'mind "this"' }], maxConcurrency: 4, ...rest },
    );
  }

  async function ended(key: string, how: 'succeeded' | 'failed' | 'cancelled'): Promise<string> {
    const { id } = (await submitOne(db, newExecution({ idempotencyKey: key }, { lease }))).execution;
    if (how === 'cancelled') await db.cancel(id, CANCELLED);
    else
      await settleOne(
        db,
        settlement({ id, number: 1 }, how === 'failed' ? { state: 'failed', error: BOOM } : undefined),
      );
    return id;
  }

  it('answers in the order of the batch', async () => {
    const keyed = ['z', 'a', 'm'].map((idempotencyKey) => newExecution({ idempotencyKey }));
    const batch = [newExecution(), ...keyed, newExecution()].reverse();
    const submitted = await db.submitMany(batch);
    expect(submitted.map(({ execution }) => execution.id)).toEqual(batch.map(({ id }) => id));
    expect(submitted.map(({ effect }) => effect)).toEqual(batch.map(() => 'created'));
    const again = await db.submitMany(keyed.map((one) => ({ ...one, id: newId() })));
    expect(again.map(({ execution }) => execution.id)).toEqual(keyed.map(({ id }) => id));
  });

  it.each([
    ['queued without a lease', undefined],
    ['running with a lease', lease],
  ])('returns what a read returns, %s', async (_which, of) => {
    const batch = [complete({ lease: of }), newExecution({}, { lease: of }), complete({ lease: of })];
    for (const { effect, execution } of await db.submitMany(batch)) {
      expect(effect).toBe('created');
      expect(execution).toEqual(await db.get(execution.id));
      expect(execution.state).toBe(of ? 'running' : 'queued');
    }
  });

  it('holds the first attempt of an execution with a lease, so that nobody claims it', async () => {
    const [held, queued] = await db.submitMany([newExecution({}, { lease }), newExecution()]);
    const claimed = await db.claimDue({ owner: randomUUID(), seconds: 30 }, 1_000);
    const ids = claimed.map(({ id }) => id);
    expect(ids).toContain(queued?.execution.id);
    expect(ids).not.toContain(held?.execution.id);
    const id = held?.execution.id ?? '';
    expect(await db.findOpenAttempt(id)).toMatchObject({ number: 1, phase: 'invoking' });
    expect(await db.isWanted({ id, number: 1 })).toBe(true);
    await db.pass(31, id);
    const held1 = { id, number: 1, function: 'fn', qualifier: null, invocationType: 'RequestResponse' };
    expect(await db.expiredLeases(1_000)).toContainEqual(held1);
    await db.renewLeases(lease, [{ id, number: 1 }]);
    expect(await db.expiredLeases(1_000)).not.toContainEqual(held1);
  });

  it('gives a key to one execution, and tells its repeat from another request', async () => {
    const first = complete();
    const { idempotencyKey = '', ...unkeyed } = first.request;
    const repeat = { ...first, id: newId() };
    const other = { ...first, id: newId(), requestHash: 'another' };
    const effects = await db.submitMany([first, repeat, other]);
    expect(effects.map(({ effect }) => effect)).toEqual(['created', 'existing', 'mismatch']);
    expect(new Set(effects.map(({ execution }) => execution.id))).toEqual(new Set([first.id]));
    expect(await db.get(repeat.id)).toBeUndefined();
    expect(await db.findByKey(idempotencyKey)).toEqual({
      execution: effects[0]?.execution,
      requestHash: first.requestHash,
    });
    expect(await db.findByKey('nobody has it')).toBeUndefined();
    expect((await submitOne(db, { ...first, id: newId(), request: unkeyed })).effect).toBe('created');
  });

  it('creates one execution for a key that a batch has many times', async () => {
    const idempotencyKey = randomUUID();
    const batch = Array.from({ length: 20 }, () => newExecution({ idempotencyKey }, { lease }));
    const submitted = await db.submitMany([...batch, newExecution()]);
    expect(submitted.filter(({ effect }) => effect === 'created')).toHaveLength(2);
    expect(submitted[0]).toMatchObject({ effect: 'created', execution: { id: batch[0]?.id } });
    for (const { execution } of submitted.slice(0, 20)) expect(execution.id).toBe(batch[0]?.id);
  });

  it.each(['failed', 'cancelled'] as const)(
    'creates a new execution after one that %s, if asked for, and gives it the key',
    async (how) => {
      const key = randomUUID();
      const previousId = await ended(key, how);
      const plain = newExecution({ idempotencyKey: key });
      expect(await submitOne(db, plain)).toMatchObject({ effect: 'existing', execution: { id: previousId } });
      const rerun = newExecution({ idempotencyKey: key }, { rerunFailed: true, lease });
      const { effect, execution } = await submitOne(db, rerun);
      expect({ effect, id: execution.id }).toEqual({ effect: 'created', id: rerun.id });
      expect(execution).toMatchObject({ previousId, state: 'running', attempt: 1 });
      expect(execution).toEqual(await db.get(rerun.id));
      expect((await db.findByKey(key))?.execution.id).toBe(rerun.id);
      const again = newExecution({ idempotencyKey: key }, { rerunFailed: true });
      expect(await submitOne(db, again)).toMatchObject({ effect: 'existing', execution: { id: rerun.id } });
    },
  );

  it('creates no new execution after a success, or for a repeat of the same try of a task', async () => {
    const succeeded = randomUUID();
    const id = await ended(succeeded, 'succeeded');
    const rerun = newExecution({ idempotencyKey: succeeded }, { rerunFailed: true });
    expect(await submitOne(db, rerun)).toMatchObject({ effect: 'existing', execution: { id } });

    const first = complete({ lease, rerunFailed: true });
    await submitOne(db, first);
    await db.cancel(first.id, CANCELLED);
    expect((await submitOne(db, { ...first, id: newId() })).effect).toBe('existing');
    const airflow = { dag_id: 'dag', run_id: 'run {1}', task_id: 'task', map_index: 3, try_number: 3 };
    const next = { ...first, id: newId(), request: { ...first.request, airflow } };
    expect(await submitOne(db, next)).toMatchObject({ effect: 'created', execution: { id: next.id } });
  });

  it('starts one new execution for several that ask for it in one batch', async () => {
    const key = randomUUID();
    const previousId = await ended(key, 'failed');
    const batch = Array.from({ length: 5 }, () =>
      newExecution({ idempotencyKey: key }, { rerunFailed: true }),
    );
    const submitted = await db.submitMany(batch);
    expect(submitted.map(({ effect }) => effect)).toEqual(['created', ...Array(4).fill('existing')]);
    expect(submitted.map(({ execution }) => execution.previousId)).toEqual(Array(5).fill(previousId));
  });
});
