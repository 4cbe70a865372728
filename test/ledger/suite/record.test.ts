import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptKey, ExecutionRequest } from '../../../src/domain/execution.ts';
import { LEDGERS, type TestLedger } from '../../helpers/ledger.ts';
import {
  acceptance,
  CANCELLED,
  doubt,
  refusal,
  settlement,
  THROTTLED,
} from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';

const lease = { owner: randomUUID(), seconds: 30 };

describe.each(LEDGERS)('what becomes of open attempts on %s', (_name, open) => {
  let db: TestLedger;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.clear();
  });

  async function held(count: number, request: Partial<ExecutionRequest> = {}): Promise<AttemptKey[]> {
    const batch = Array.from({ length: count }, () => newExecution(request, { lease }));
    await db.submitMany(batch);
    return batch.map(({ id }) => ({ id, number: 1 }));
  }

  async function one(request: Partial<ExecutionRequest> = {}): Promise<AttemptKey> {
    const [key] = await held(1, request);
    if (!key) throw new Error('nothing submitted');
    return key;
  }

  it('is accepted for each of a batch with its own names', async () => {
    const keys = (await held(20)).reverse();
    await db.recordAcceptedMany(
      keys.map((key, at) =>
        acceptance(key, {
          requestId: at === 0 ? null : `r ${at}`,
          executedVersion: `${at}`,
          durableExecutionArn: `arn ${at}`,
          evidenceSeconds: 60 * at,
        }),
      ),
    );
    for (const [at, { id }] of keys.entries()) {
      const names = {
        requestId: at === 0 ? null : `r ${at}`,
        executedVersion: `${at}`,
        durableExecutionArn: `arn ${at}`,
      };
      expect(await db.get(id)).toMatchObject({
        state: 'running',
        attempts: [{ phase: 'accepted', ...names }],
      });
    }
    const [second, third] = [keys[1]?.id ?? '', keys[2]?.id ?? ''];
    const apart = (await db.evidenceUntil(third)) - (await db.evidenceUntil(second));
    expect(Math.round(apart / 1_000)).toBe(60);
    expect(await db.takeDuePolls(100)).toHaveLength(20);
  });

  it('is doubted for each of a batch with its own reason, and only if its lease has run out where that is asked', async () => {
    const [lost, holderLost, alive, ended, cancelled] = await held(5);
    if (!lost || !holderLost || !alive || !ended || !cancelled) throw new Error('too few');
    await db.settleMany([settlement(ended)]);
    await db.cancel(cancelled.id, CANCELLED);
    await db.pass(31, holderLost.id);
    const expired = { code: 'holder_lost', reason: 'gone "away"', expiredOnly: true } as const;
    await db.recordDoubtMany([
      doubt(lost, { requestId: 'r' }),
      doubt(holderLost, expired),
      doubt(alive, expired),
      doubt(ended),
      doubt(cancelled),
      doubt({ id: lost.id, number: 2 }),
    ]);
    const found = async ({ id }: AttemptKey) => {
      const execution = await db.get(id);
      const [attempt] = execution?.attempts ?? [];
      return [execution?.state, attempt?.phase, attempt?.doubtCode, attempt?.doubt];
    };
    expect(await found(lost)).toEqual(['in_doubt', 'in_doubt', 'response_lost', 'socket hang up']);
    expect((await db.get(lost.id))?.requestId).toBe('r');
    expect(await found(holderLost)).toEqual(['in_doubt', 'in_doubt', 'holder_lost', 'gone "away"']);
    expect(await found(alive)).toEqual(['running', 'invoking', null, null]);
    expect(await found(ended)).toEqual(['succeeded', 'ended', null, null]);
    expect(await found(cancelled)).toEqual(['cancelled', 'in_doubt', 'response_lost', 'socket hang up']);
    // A holder that is still alive has time to write its answer first.
    expect((await db.takeDuePolls(100)).map(({ id }) => id).sort()).toEqual([lost.id, cancelled.id].sort());
    await db.pass(10);
    expect((await db.takeDuePolls(100)).map(({ id }) => id)).toContain(holderLost.id);
  });

  it('is that each of a batch waits for its next attempt as long as was said', async () => {
    const [now, later, doubted, cancelled] = await held(4);
    if (!now || !later || !doubted || !cancelled) throw new Error('too few');
    await db.recordDoubtMany([doubt(doubted)]);
    await db.cancel(cancelled.id, CANCELLED);
    await db.requeueMany([
      refusal(later, 60),
      refusal(now),
      refusal(doubted),
      refusal(cancelled),
      refusal(now, 3_600),
    ]);
    const claim = async () => (await db.claimDue(lease, 100)).map(({ id, number }) => ({ id, number }));
    expect(new Set(await claim())).toEqual(
      new Set([
        { id: now.id, number: 2 },
        { id: doubted.id, number: 2 },
      ]),
    );
    expect(await db.get(later.id)).toMatchObject({
      state: 'queued',
      attempts: [{ outcome: 'refused', error: THROTTLED }],
    });
    expect(await db.get(cancelled.id)).toMatchObject({
      state: 'cancelled',
      attempts: [{ outcome: 'refused' }],
    });
    await db.pass(60, later.id);
    expect(await claim()).toEqual([{ id: later.id, number: 2 }]);
  });

  it('is not changed by what is said of an attempt that came before', async () => {
    const { id, number } = await one();
    await db.requeueMany([refusal({ id, number })]);
    await db.claimDue(lease, 1);
    await db.recordDoubtMany([doubt({ id, number })]);
    await db.requeueMany([refusal({ id, number })]);
    await db.recordAcceptedMany([acceptance({ id, number })]);
    expect(await db.get(id)).toMatchObject({
      state: 'running',
      attempts: [
        { number: 1, outcome: 'refused' },
        { number: 2, phase: 'invoking', requestId: null },
      ],
    });
  });

  it('takes a heartbeat and its progress while the attempt is open, and keeps the progress without a new one', async () => {
    const key = await one();
    const progress = { percent: 50, text: 'half "way" \u0000 größe', deep: [null, { a: 1.5 }] };
    expect(await db.recordHeartbeat(key, progress)).toBe(true);
    expect((await db.get(key.id))?.attempts[0]).toMatchObject({ progress, heartbeatAt: expect.any(Date) });
    await db.pass(60);
    const before = (await db.get(key.id))?.attempts[0]?.heartbeatAt?.getTime() ?? 0;
    await db.recordAcceptedMany([acceptance(key)]);
    expect(await db.recordHeartbeat(key, undefined)).toBe(true);
    const [after] = (await db.get(key.id))?.attempts ?? [];
    expect(after?.progress).toEqual(progress);
    expect(after?.heartbeatAt?.getTime()).toBeGreaterThan(before + 50_000);
    await db.settleMany([settlement(key)]);
    expect(await db.recordHeartbeat(key, { percent: 100 })).toBe(false);
    expect((await db.get(key.id))?.attempts[0]?.progress).toEqual(progress);
    expect(await db.recordHeartbeat({ id: key.id, number: 2 }, undefined)).toBe(false);
  });

  it('has each warning once for its code, beside those of the submit', async () => {
    const first = { code: 'submitted', message: 'from "the" submit' };
    const execution = newExecution({}, { warnings: [first] });
    await db.submitMany([execution, newExecution()]);
    const later = { code: 'later', message: 'größe \\ "{}"' };
    for (const warning of [later, { ...later, message: 'again' }, { ...first, message: 'again' }])
      await db.addWarning(execution.id, warning);
    expect((await db.get(execution.id))?.warnings).toEqual([first, later]);
    await Promise.all(
      Array.from({ length: 8 }, (_one, at) =>
        db.addWarning(execution.id, { code: `${at % 2}`, message: 'at once' }),
      ),
    );
    const codes = (await db.get(execution.id))?.warnings.map(({ code }) => code);
    expect(codes?.sort()).toEqual(['0', '1', 'later', 'submitted']);
  });
});
