import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionRequest } from '../../../src/domain/execution.ts';
import type { Outcome } from '../../../src/domain/outcome.ts';
import { LEDGERS, type TestLedger } from '../../helpers/ledger.ts';
import {
  acceptance,
  BOOM,
  CANCELLED,
  doubt,
  LOST,
  refusal,
  settlement,
} from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';

const lease = { owner: randomUUID(), seconds: 30 };

const SUCCESS: Outcome = {
  state: 'succeeded',
  result: '{"n": 1.0}',
  resultType: 'text/plain',
  requestId: 'r-1',
  executedVersion: '7',
  logTail: 'START "a"\nEND {b}\\',
  billing: { duration_ms: 1.5, billed_ms: 2, memory_mb: 128, max_memory_mb: 64, init_ms: 100 },
  deliveries: 2,
  proof: 'report_status',
};
const FAILURE: Outcome = {
  state: 'failed',
  error: { ...BOOM, message: 'boom \u0000 "größe" \\', stack_trace: ['at {a}, "b"', 'at \u0000'] },
  logTail: 'RequestId: r-2 Error',
  requestId: 'r-2',
};
const POINTER = { uri: 's3://bucket/key', size: 7_000_000, sha256: 'abc', content_type: 'text/plain' };

describe.each(LEDGERS)('settling a batch on %s', (_name, open) => {
  let db: TestLedger;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());

  async function running(count: number, request: Partial<ExecutionRequest> = {}): Promise<string[]> {
    const batch = Array.from({ length: count }, () => newExecution(request, { lease }));
    await db.submitMany(batch);
    return batch.map(({ id }) => id);
  }

  const first = (id = '') => ({ id, number: 1 });

  it('settles each attempt with its own outcome, and answers in the order of the batch', async () => {
    const ids = (await running(30)).reverse();
    const outcomes = ids.map((_id, at): Outcome => {
      if (at % 3 === 0) return { state: 'failed', error: { ...BOOM, message: `boom ${at}` } };
      return { state: 'succeeded', result: `${at}`, requestId: `r ${at}` };
    });
    const ended = await db.settleMany(ids.map((id, at) => settlement(first(id), outcomes[at])));
    expect(ended.map(({ execution }) => execution?.id)).toEqual(ids);
    for (const [at, id] of ids.entries()) {
      const read = await db.get(id);
      expect(read).toMatchObject(
        at % 3 === 0
          ? { state: 'failed', result: null, error: { message: `boom ${at}` } }
          : { state: 'succeeded', result: `${at}`, requestId: `r ${at}`, error: null },
      );
    }
  });

  it.each([
    ['a success with all that may come with one', SUCCESS, {}],
    ['a success without result', { state: 'succeeded' }, {}],
    ['a result in S3', { state: 'succeeded', resultType: 'text/plain' }, { resultRef: POINTER }],
    ['a failure whose texts hold a NUL', FAILURE, {}],
    ['an attempt that is presumed lost', { state: 'failed', error: LOST }, { presumedLost: true }],
  ] as [string, Outcome, object][])('returns what a read returns, for %s', async (_what, outcome, rest) => {
    const airflow = { dag_id: 'd', run_id: 'r', task_id: 't', map_index: -1 };
    const [fresh, accepted, doubted] = await running(3, { airflow, timeoutSeconds: 60, labels: { a: 'b' } });
    await db.recordAcceptedMany([
      acceptance(first(accepted), { executedVersion: '3', durableExecutionArn: 'arn' }),
    ]);
    await db.recordHeartbeat(first(accepted), { percent: 50 });
    await db.recordPaused(first(accepted));
    await db.recordDoubtMany([doubt(first(doubted), { requestId: 'doubted' })]);
    const ids = [fresh, accepted, doubted];
    const ended = await db.settleMany(ids.map((id) => settlement(first(id), outcome, rest)));
    for (const [at, id] of ids.entries()) {
      expect(ended[at]?.effect).toBe('settled');
      expect(ended[at]?.execution).toEqual(await db.get(id ?? ''));
    }
    expect(ended.map(({ execution }) => execution?.state)).toEqual(Array(3).fill(outcome.state));
  });

  it('ends a second attempt; what it returns of it, if anything, is what a read returns', async () => {
    const [id] = await running(1);
    await db.requeueMany([refusal(first(id))]);
    await db.claimDue(lease, 100);
    const [ended] = await db.settleMany([settlement({ id: id ?? '', number: 2 }, SUCCESS)]);
    const read = await db.get(id ?? '');
    expect(ended?.effect).toBe('settled');
    expect(read).toMatchObject({ state: 'succeeded', attempt: 2, requestId: 'r-1', result: '{"n": 1.0}' });
    expect(read?.attempts.map(({ outcome }) => outcome)).toEqual(['refused', 'succeeded']);
    if (ended?.execution) expect(ended.execution).toEqual(read);
  });

  it('settles an attempt once that a batch has many times, with the outcome that came first', async () => {
    const [id, other] = await running(2);
    const reports = Array.from({ length: 5 }, (_one, n) =>
      settlement(first(id), { state: 'succeeded', result: `${n}` }, { channel: `c${n}` }),
    );
    const ended = await db.settleMany([...reports, settlement(first(other))]);
    expect(ended.map(({ effect }) => effect)).toEqual(['settled', ...Array(4).fill('repeated'), 'settled']);
    expect(await db.get(id ?? '')).toMatchObject({ state: 'succeeded', result: '0', settledBy: 'c0' });
  });

  it('tells apart two attempts of one execution in a batch', async () => {
    const [id] = await running(1);
    await db.requeueMany([refusal(first(id))]);
    await db.claimDue(lease, 100);
    const old = settlement(first(id), { state: 'failed', error: BOOM }, { channel: 'old' });
    const now = settlement({ id: id ?? '', number: 2 }, { state: 'succeeded', result: '2' });
    expect((await db.settleMany([old, now])).map(({ effect }) => effect)).toEqual(['repeated', 'settled']);
    expect(await db.get(id ?? '')).toMatchObject({ state: 'succeeded', result: '2' });
  });

  it('keeps a real outcome beside the presumed loss that was settled before it in the batch', async () => {
    const [id] = await running(1);
    const lost = () => settlement(first(id), { state: 'failed', error: LOST }, { presumedLost: true });
    const report = () => settlement(first(id), { state: 'succeeded', result: '1' }, { channel: 'sqs' });
    const effects = (await db.settleMany([lost(), report(), lost(), report()])).map(({ effect }) => effect);
    expect(effects).toEqual(['settled', 'late', 'repeated', 'repeated']);
    expect(await db.get(id ?? '')).toMatchObject({
      state: 'failed',
      error: LOST,
      result: null,
      attempts: [{ outcome: 'succeeded', channel: 'sqs', late: true }],
    });
  });

  it('tells for each of a batch whether it was settled, late or repeated, or is not there', async () => {
    const [good, cancelled, done] = await running(3);
    await db.cancel(cancelled ?? '', CANCELLED);
    await db.settleMany([settlement(first(done))]);
    const unknown = newExecution().id;
    const batch = [unknown, done, cancelled, good].map((id) => settlement(first(id)));
    const ended = await db.settleMany(batch);
    expect(ended.map(({ effect }) => effect)).toEqual(['repeated', 'repeated', 'late', 'settled']);
    expect(ended.map(({ execution }) => execution?.id)).toEqual([undefined, undefined, undefined, good]);
  });

  it('adds the names of the invocation to each attempt that had ended without them', async () => {
    const ids = await running(2);
    await db.settleMany(ids.map((id) => settlement(first(id), undefined, { channel: 'callback' })));
    await db.settleMany(
      ids.map((id) =>
        settlement(first(id), { state: 'succeeded', requestId: `r ${id}`, executedVersion: '4' }),
      ),
    );
    for (const id of ids)
      expect(await db.get(id)).toMatchObject({
        settledBy: 'callback',
        requestId: `r ${id}`,
        executedVersion: '4',
      });
  });
});
