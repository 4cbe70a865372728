/** The polls of several channels, and of several groups of one, each in its own time. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Channel, Finding, HintedAttempt } from '../../../src/completion/channel.ts';
import type { OpenAttempt } from '../../../src/domain/execution.ts';
import type { Watcher } from '../../../src/lifecycle/follow/watcher.ts';
import { type PostgresTestLedger, postgresTestLedger } from '../../helpers/ledger.ts';
import { until } from '../../helpers/until.ts';
import { acceptedEvent, buildWatcher, foundBy, pollingChannel } from './watched.ts';

let db: PostgresTestLedger;
beforeAll(async () => {
  db = await postgresTestLedger();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.clear();
});

/** A channel whose polls wait until the test ends each. */
function heldChannel(name: string, more: Partial<Channel> = {}) {
  const polls: { attempts: readonly OpenAttempt[]; end: (found?: Finding[]) => void; fail: () => void }[] =
    [];
  const channel = pollingChannel(
    name,
    (attempts) =>
      new Promise((resolve, reject) => {
        const end = (found: Finding[] = []) => resolve(found);
        polls.push({ attempts, end, fail: () => reject(new Error(`${name} is away`)) });
      }),
    more,
  );
  const poll = (count: number) =>
    until(`${name} polls ${count} times`, () => (polls.length === count ? polls.at(-1) : undefined));
  return { channel, polls, poll };
}

/** A poll that ended meanwhile may have set the next one, so it is tried again. */
const takeNow = (watcher: Watcher, makeDue: () => Promise<unknown>) =>
  until('it is taken', async () => {
    await makeDue();
    return (await watcher.runOnce()) > 0;
  });
const dueNow = () => db.query("update attempts set poll_at = now() where phase <> 'ended'");
const endWindow = () =>
  db.query("update attempts set poll_at = now(), evidence_until = now() where phase <> 'ended'");
const isEnded = (id: string) => async () => (await db.get(id))?.finishedAt !== null;
const stateOf = async (id: string) => (await db.get(id))?.state;
const dueIn = async (id: string) => {
  const [row] = await db.query<{ seconds: number }>(
    `select extract(epoch from poll_at - now())::double precision as seconds from attempts
     where execution_id = $1::uuid`,
    [id],
  );
  return row?.seconds;
};

describe('polls', () => {
  it('of a channel do not wait for those of another', async () => {
    const slow = heldChannel('slow');
    const fast = pollingChannel('fast', async (attempts) => foundBy(attempts, 'fast'));
    const watcher = buildWatcher(db, [slow.channel, fast]);
    await acceptedEvent(db, ['slow']);
    const first = await acceptedEvent(db, ['fast']);
    await watcher.runOnce();
    await until('the first has ended', isEnded(first));
    const second = await acceptedEvent(db, ['fast']);
    await watcher.runOnce();
    await until('the second has ended', isEnded(second));
    (await slow.poll(1)).end();
    await watcher.idle();
  });

  it('of a group do not wait for those of another group of the channel', async () => {
    const held = heldChannel('grouped', { groupOf: async (attempt) => attempt.function });
    const watcher = buildWatcher(db, [held.channel]);
    await acceptedEvent(db, ['grouped'], 60, 'slow');
    await watcher.runOnce();
    await held.poll(1);
    const ids = [
      await acceptedEvent(db, ['grouped'], 60, 'fast'),
      await acceptedEvent(db, ['grouped'], 60, 'fast'),
    ];
    await watcher.runOnce();
    const poll = await held.poll(2);
    expect(poll.attempts.map(({ id }) => id).sort()).toEqual(ids);
    poll.end(foundBy(poll.attempts, 'grouped'));
    for (const id of ids) await until('it has ended', isEnded(id));
    for (const { end } of held.polls) end();
    await watcher.idle();
  });

  it('of an attempt come one after another, each of what is known when it begins', async () => {
    const held = heldChannel('held');
    const watcher = buildWatcher(db, [held.channel]);
    const id = await acceptedEvent(db, ['held']);
    await watcher.runOnce();
    const first = await held.poll(1);
    await takeNow(watcher, dueNow);
    await db.query('update executions set cancel_requested_at = now()');
    await takeNow(watcher, endWindow);
    first.end();
    const second = await held.poll(2);
    expect(second.attempts).toMatchObject([{ id, lastPoll: true, cancelRequested: true }]);
    expect(second.attempts[0]?.ageSeconds).toBeGreaterThan(first.attempts[0]?.ageSeconds ?? 0);
    second.end(second.attempts.map((attempt) => ({ attempt, type: 'running' })));
    await watcher.idle();
    expect(held.polls).toHaveLength(2);
  });

  it('that wait are left out when another channel has settled the attempt', async () => {
    const held = heldChannel('held');
    const other = heldChannel('other');
    const watcher = buildWatcher(db, [held.channel, other.channel]);
    const id = await acceptedEvent(db, ['held', 'other']);
    await watcher.runOnce();
    const first = await held.poll(1);
    await takeNow(watcher, dueNow);
    const poll = await other.poll(1);
    poll.end(foundBy(poll.attempts, 'other'));
    await until('it has ended', isEnded(id));
    first.end();
    await watcher.idle();
    expect(held.polls).toHaveLength(1);
  });
});

describe('an attempt whose evidence window is over', () => {
  it('is given up only when each channel has polled after that', async () => {
    const [quick, slow] = [heldChannel('quick'), heldChannel('slow')];
    const watcher = buildWatcher(db, [quick.channel, slow.channel]);
    const id = await acceptedEvent(db, ['quick', 'slow']);
    await watcher.runOnce();
    (await quick.poll(1)).end();
    const before = await slow.poll(1);
    await takeNow(watcher, endWindow);
    (await quick.poll(2)).end();
    before.end();
    const after = await slow.poll(2);
    expect(await stateOf(id)).toBe('running');
    after.end();
    await watcher.idle();
    expect(await db.get(id)).toMatchObject({ state: 'failed', error: { kind: 'lost' } });
  });

  it('is not given up as long as a channel cannot be asked', async () => {
    const [one, other] = [heldChannel('one'), heldChannel('other')];
    const watcher = buildWatcher(db, [one.channel, other.channel]);
    const id = await acceptedEvent(db, ['one', 'other'], 0);
    await watcher.runOnce();
    (await other.poll(1)).fail();
    (await one.poll(1)).end();
    await watcher.idle();
    expect(await stateOf(id)).toBe('running');
    await takeNow(watcher, dueNow);
    (await one.poll(2)).end();
    (await other.poll(2)).end();
    await watcher.idle();
    expect(await stateOf(id)).toBe('failed');
  });

  it('is given up although no channel polls for it', async () => {
    const watcher = buildWatcher(db, [heldChannel('other').channel]);
    const id = await acceptedEvent(db, ['callback'], 0);
    await watcher.runOnce();
    expect(await db.get(id)).toMatchObject({ state: 'failed', error: { kind: 'lost' } });
  });
});

describe('the next poll', () => {
  it('comes when the channel has said, and the earliest of several channels counts', async () => {
    const rare = pollingChannel('rare', async () => [], { nextPoll: (_, polledAt) => polledAt + 40 });
    const watcher = buildWatcher(db, [rare, pollingChannel('usual', async () => [])]);
    const [alone, both] = [await acceptedEvent(db, ['rare']), await acceptedEvent(db, ['rare', 'usual'])];
    await watcher.runOnce();
    await watcher.idle();
    expect(await dueIn(alone)).toBeGreaterThan(35);
    expect(await dueIn(both)).toBeLessThan(2);
  });

  it('is the first, where the channel knows that no end is likely before', async () => {
    const held = heldChannel('late', { nextPoll: () => 30 });
    const watcher = buildWatcher(db, [held.channel]);
    const id = await acceptedEvent(db, ['late']);
    await watcher.runOnce();
    await watcher.idle();
    expect(held.polls).toHaveLength(0);
    expect(await dueIn(id)).toBeGreaterThan(25);
    await takeNow(watcher, endWindow);
    (await held.poll(1)).end();
    await watcher.idle();
    expect(await stateOf(id)).toBe('failed');
  });

  it('of a failed poll does not wait for what the channel expects', async () => {
    const failing = pollingChannel('failing', () => Promise.reject(new Error('away')), {
      nextPoll: (_, polledAt) => (polledAt === 0 ? 0 : polledAt + 60),
    });
    const watcher = buildWatcher(db, [failing]);
    const id = await acceptedEvent(db, ['failing']);
    await watcher.runOnce();
    await watcher.idle();
    expect(await dueIn(id)).toBeLessThan(2);
  });

  it('comes when it is due, not only with the next round', async () => {
    let polls = 0;
    const often = pollingChannel(
      'often',
      async () => {
        polls += 1;
        return [];
      },
      { nextPoll: (_, polledAt) => polledAt + 0.01 },
    );
    const watcher = buildWatcher(db, [often]);
    await acceptedEvent(db, ['often']);
    const began = performance.now();
    watcher.start();
    await until('it has polled several times', () => polls >= 5);
    expect(performance.now() - began).toBeLessThan(2_000);
    await watcher.stop();
  });
});

it('what a channel hints at is polled at once', async () => {
  let hint: ((attempts: readonly HintedAttempt[]) => void) | undefined;
  const held = heldChannel('hinting', {
    nextPoll: (_, polledAt) => (polledAt === 0 ? 0 : polledAt + 60),
    hints: (tell, signal) =>
      new Promise((resolve) => {
        hint = tell;
        signal.addEventListener('abort', () => resolve());
      }),
  });
  const watcher = buildWatcher(db, [held.channel]);
  const id = await acceptedEvent(db, ['hinting']);
  watcher.start();
  (await held.poll(1)).end();
  await until('the next poll is far away', async () => ((await dueIn(id)) ?? 0) > 40);
  hint?.([{ id, number: 1 }]);
  (await held.poll(2)).end();
  await watcher.stop();
});

it('a stop ends the polls that can be ended', async () => {
  const waiting = pollingChannel(
    'waiting',
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new Error('aborted')));
      }),
  );
  const watcher = buildWatcher(db, [waiting]);
  const id = await acceptedEvent(db, ['waiting'], 0);
  await watcher.runOnce();
  await watcher.stop();
  expect(await stateOf(id)).toBe('running');
});
