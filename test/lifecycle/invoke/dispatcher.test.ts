import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/config/limits.ts';
import type { AttemptKey } from '../../../src/domain/execution.ts';
import type { ClaimedAttempt } from '../../../src/ledger/records.ts';
import { NO_BYTES } from '../../../src/lifecycle/byte-budget.ts';
import { Dispatcher } from '../../../src/lifecycle/invoke/dispatcher.ts';
import { firstAttempt } from '../../../src/lifecycle/invoke/first-attempt.ts';
import { queue, sqliteTestLedger, submitOne, type TestLedger } from '../../helpers/ledger.ts';
import { settlement } from '../../helpers/ledger-records.ts';
import { recordedLog } from '../../helpers/log.ts';
import { newExecution } from '../../helpers/new-execution.ts';
import { until } from '../../helpers/until.ts';

const PLACES = 2;

let db: TestLedger;
let claims: number;
let dispatcher: Dispatcher;
/** the attempts that were started, in order, and how to end each */
let runs: { id: string; end: () => Promise<void> }[];
let requeued: AttemptKey[];
beforeEach(async () => {
  db = await sqliteTestLedger();
  claims = 0;
  runs = [];
  requeued = [];
  const claimDue: TestLedger['claimDue'] = (lease, limit) => {
    claims += 1;
    return db.claimDue(lease, limit);
  };
  const work = {
    run,
    requeueUnsent: async (attempt: AttemptKey) => void requeued.push(attempt),
  };
  const limits = { ...DEFAULT_LIMITS, heldInvocations: PLACES };
  dispatcher = new Dispatcher({ ...db, claimDue }, randomUUID(), work, limits, recordedLog().log);
  dispatcher.start();
  await until('it has claimed for the first time', () => claims === 1);
  await nextTurn();
});
afterEach(async () => {
  for (const { end } of runs) await end();
  await dispatcher.stop(1_000);
  await db.close();
});

function run({ id, number }: ClaimedAttempt): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = async () => {
    await db.settleMany([settlement({ id, number })]);
    resolve();
    // By then its place is free.
    await nextTurn();
  };
  runs.push({ id, end });
  return promise;
}

/** What the submitter does. @returns its id and whether it was started at once */
async function submit(maxConcurrency?: number): Promise<{ id: string; atOnce: boolean }> {
  const room = dispatcher.reserve();
  const execution = newExecution({}, { lease: room?.lease, maxConcurrency });
  const submitted = await submitOne(db, execution);
  if (room) room.start(firstAttempt(execution.request, submitted.execution), NO_BYTES);
  else dispatcher.nudge();
  return { id: execution.id, atOnce: room !== undefined };
}

const started = () => runs.map(({ id }) => id);

describe('a dispatcher', () => {
  it('starts an attempt that was written with its execution without a claim', async () => {
    const { id, atOnce } = await submit();
    expect({ atOnce, started: started(), claims }).toEqual({ atOnce: true, started: [id], claims: 1 });
    expect(await db.get(id)).toMatchObject({ state: 'running', attempt: 1 });
    await db.pass(DEFAULT_LIMITS.leaseSeconds - 1);
    expect(await db.expiredLeases(10)).toEqual([]);
  });

  it('has room for as many as it may hold, reserved ones included, and again after a release', () => {
    const rooms = [dispatcher.reserve(), dispatcher.reserve()];
    expect(rooms).not.toContain(undefined);
    expect(dispatcher.reserve()).toBeUndefined();
    rooms.pop()?.release();
    rooms.push(dispatcher.reserve());
    expect(rooms).not.toContain(undefined);
    expect(requeued).toEqual([]);
    for (const room of rooms) room?.release();
  });

  it('has no room before its start and after its stop', async () => {
    const other = new Dispatcher(
      db,
      randomUUID(),
      { run, requeueUnsent: async () => undefined },
      DEFAULT_LIMITS,
      recordedLog().log,
    );
    expect(other.reserve()).toBeUndefined();
    await dispatcher.stop(0);
    expect(dispatcher.reserve()).toBeUndefined();
  });

  it('gives a place that a submit did not need to those that wait', async () => {
    const rooms = [dispatcher.reserve(), dispatcher.reserve()];
    const waiting = await submit();
    expect(waiting.atOnce).toBe(false);
    rooms[0]?.release();
    await until('the place is taken', () => started().includes(waiting.id), 0.9);
    rooms[1]?.release();
  });

  it('requeues what was perhaps written when its place is given back, and starts it no more', async () => {
    const room = dispatcher.reserve();
    room?.release({ id: 'x', number: 1 });
    expect({ requeued, started: started() }).toEqual({ requeued: [{ id: 'x', number: 1 }], started: [] });
  });

  it('leaves a submit without room in the queue, from which it comes when a place is free, oldest first', async () => {
    const atOnce = [await submit(), await submit()];
    const later = [];
    for (let n = 0; n < 4; n += 1) {
      later.push(await submit());
      await db.pass(1, undefined);
    }
    expect([...atOnce, ...later].map((one) => one.atOnce)).toEqual([true, true, false, false, false, false]);
    for (let n = 0; n < 4; n += 1) {
      await runs[n]?.end();
      // Within a poll of the queue, which is made once a second.
      await until('the next one runs', () => runs.length === n + 3, 0.9);
    }
    expect(started().slice(2)).toEqual(later.map(({ id }) => id));
  });

  it('lets no new submit overtake those that wait', async () => {
    await submit();
    await submit();
    const waiting = await submit();
    expect(waiting.atOnce).toBe(false);
    await runs[0]?.end();
    const next = await submit();
    await until('one of them runs', () => runs.length > 2);
    expect(started()[2]).toBe(waiting.id);
    await runs[1]?.end();
    await until('the other one runs', () => runs.length > 3);
    expect(started()[3]).toBe(next.id);
  });

  it('holds not more than it may while submits and a claim compete for the places', async () => {
    const ids = [await queue(db), await queue(db)];
    dispatcher.nudge();
    // The claim is under way.
    const rooms = [dispatcher.reserve(), dispatcher.reserve()];
    expect(rooms.filter((room) => room !== undefined)).toHaveLength(1);
    await until('it has claimed', () => runs.length > 0);
    expect(dispatcher.reserve()).toBeUndefined();
    for (const room of rooms) room?.release();
    await until('the place that was not used is taken', () => runs.length === PLACES);
    expect(ids).toEqual(expect.arrayContaining(started()));
  });

  it('has room again when nothing waits any more', async () => {
    await submit();
    await submit();
    await submit();
    for (const at of [0, 1, 2]) {
      await until('it runs', () => runs.length > at);
      await runs[at]?.end();
    }
    await until('there is room', () => {
      const room = dispatcher.reserve();
      room?.release();
      return room !== undefined;
    });
  });

  it('takes a function with a limit from the queue, also when it has room', async () => {
    const limited = await queue(db, { function: 'limited' }, 1);
    const second = await queue(db, { function: 'limited' }, 1);
    await db.pass(1, limited);
    dispatcher.nudge();
    await until('one runs', () => runs.length === 1);
    expect(started()).toEqual([limited]);
    const free = await submit();
    expect(free.atOnce).toBe(true);
    await runs[0]?.end();
    await until('the next one of the function runs', () => started().includes(second), 0.9);
  });

  it('waits at its stop for a submit that has room, and for what that starts', async () => {
    const room = dispatcher.reserve();
    let stopped = false;
    const stopping = dispatcher.stop(10_000).then(() => {
      stopped = true;
    });
    const execution = newExecution({}, { lease: room?.lease });
    const submitted = await submitOne(db, execution);
    expect(stopped).toBe(false);
    room?.start(firstAttempt(execution.request, submitted.execution), NO_BYTES);
    await nextTurn();
    await nextTurn();
    expect({ stopped, started: started() }).toEqual({ stopped: false, started: [execution.id] });
    await runs[0]?.end();
    await stopping;
    expect((await db.get(execution.id))?.state).toBe('succeeded');
  });

  it('waits at its stop until what was perhaps written is back in the queue', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const work = { run, requeueUnsent: () => promise };
    const other = new Dispatcher(db, randomUUID(), work, DEFAULT_LIMITS, recordedLog().log);
    other.start();
    other.reserve()?.release({ id: 'x', number: 1 });
    let stopped = false;
    const stopping = other.stop(10_000).then(() => {
      stopped = true;
    });
    await nextTurn();
    await nextTurn();
    expect(stopped).toBe(false);
    resolve();
    await stopping;
  });

  it('waits at its stop no longer than the drain time, and hands over what it holds', async () => {
    const { id } = await submit();
    await dispatcher.stop(0);
    expect((await db.expiredLeases(10)).map((one) => one.id)).toEqual([id]);
  });
});
