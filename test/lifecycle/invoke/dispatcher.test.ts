import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/config/limits.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { LedgerUnavailable } from '../../../src/ledger/ledger-unavailable.ts';
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
beforeEach(async () => {
  db = await sqliteTestLedger();
  claims = 0;
  runs = [];
  const claimDue: TestLedger['claimDue'] = (lease, limit) => {
    claims += 1;
    return db.claimDue(lease, limit);
  };
  dispatcher = open({ ...db, claimDue });
  dispatcher.start();
  await until('it has claimed for the first time', () => claims === 1);
  await nextTurn();
});
afterEach(async () => {
  for (const { end } of runs) await end();
  await dispatcher.stop(1_000);
  await db.close();
});

function open(ledger: Ledger): Dispatcher {
  const limits = { ...DEFAULT_LIMITS, heldInvocations: PLACES };
  return new Dispatcher(ledger, randomUUID(), run, limits, recordedLog().log);
}

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

function reserved(of: Dispatcher, maxConcurrency?: number) {
  const { id } = newExecution();
  const room = of.reserve(id);
  return { room, execution: newExecution({}, { id, lease: room?.lease, maxConcurrency }) };
}

const reserve = () => reserved(dispatcher).room;

/** What the submitter does. @returns its id and whether it was started at once */
async function submit(maxConcurrency?: number): Promise<{ id: string; atOnce: boolean }> {
  const { room, execution } = reserved(dispatcher, maxConcurrency);
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
    const rooms = [reserve(), reserve()];
    expect(rooms).not.toContain(undefined);
    expect(reserve()).toBeUndefined();
    rooms.pop()?.release(false);
    rooms.push(reserve());
    expect(rooms).not.toContain(undefined);
    for (const room of rooms) room?.release(false);
  });

  it('has no room before its start and after its stop', async () => {
    expect(reserved(open(db)).room).toBeUndefined();
    await dispatcher.stop(0);
    expect(reserve()).toBeUndefined();
  });

  it('gives a place that a submit did not need to those that wait', async () => {
    const rooms = [reserve(), reserve()];
    const waiting = await submit();
    expect(waiting.atOnce).toBe(false);
    rooms[0]?.release(false);
    await until('the place is taken', () => started().includes(waiting.id), 0.9);
    rooms[1]?.release(false);
  });

  it('queues again what was written without an answer, which then is its second attempt', async () => {
    const { room, execution } = reserved(dispatcher);
    await submitOne(db, execution);
    room?.release(true);
    await until('it runs', () => started().includes(execution.id));
    expect((await db.get(execution.id))?.attempts).toMatchObject([
      { number: 1, outcome: 'refused' },
      { number: 2, phase: 'invoking' },
    ]);
  });

  it('queues again what a claim got whose answer was lost, and not what it holds', async () => {
    let lost = 0;
    const claimDue: TestLedger['claimDue'] = async (lease, limit) => {
      const claimed = await db.claimDue(lease, limit);
      if (claimed.length === 0 || lost > 0) return claimed;
      lost += claimed.length;
      throw new LedgerUnavailable(new Error('connection lost'));
    };
    await dispatcher.stop(0);
    dispatcher = open({ ...db, claimDue });
    dispatcher.start();
    const held = await submit();
    expect(held.atOnce).toBe(true);
    const id = await queue(db);
    dispatcher.nudge();
    await until('it runs', () => started().includes(id));
    expect([lost, started()]).toEqual([1, [held.id, id]]);
    expect((await db.get(id))?.attempt).toBe(2);
    expect((await db.get(held.id))?.attempt).toBe(1);
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
    const rooms = [reserve(), reserve()];
    expect(rooms.filter((room) => room !== undefined)).toHaveLength(1);
    await until('it has claimed', () => runs.length > 0);
    expect(reserve()).toBeUndefined();
    for (const room of rooms) room?.release(false);
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
      const room = reserve();
      room?.release(false);
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
    const { room, execution } = reserved(dispatcher);
    let stopped = false;
    const stopping = dispatcher.stop(10_000).then(() => {
      stopped = true;
    });
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

  it('queues again at its stop what was written without an answer', async () => {
    const { room, execution } = reserved(dispatcher);
    await submitOne(db, execution);
    const stopping = dispatcher.stop(10_000);
    room?.release(true);
    await stopping;
    expect(await db.get(execution.id)).toMatchObject({ state: 'queued', attempts: [{ outcome: 'refused' }] });
    expect(started()).toEqual([]);
  });

  it('waits at its stop no longer than the drain time, and hands over what it holds', async () => {
    const { id } = await submit();
    await dispatcher.stop(0);
    expect((await db.expiredLeases(10)).map((one) => one.id)).toEqual([id]);
  });
});
