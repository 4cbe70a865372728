import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Channel, Finding } from '../../../src/completion/channel.ts';
import type { OpenAttempt } from '../../../src/domain/execution.ts';
import { type PostgresTestLedger, postgresTestLedger, queue } from '../../helpers/ledger.ts';
import { until } from '../../helpers/until.ts';
import { acceptedEvent, buildWatcher, foundBy as found, pollingChannel, TRAITS } from './watched.ts';

let db: PostgresTestLedger;

beforeAll(async () => {
  db = await postgresTestLedger();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.clear();
});

/** Its round takes what is due, and lets all polls end. */
function watcher(...channels: Channel[]) {
  const one = buildWatcher(db, channels);
  return {
    async runOnce() {
      await one.runOnce();
      await one.idle();
    },
  };
}

const channel = (poll: (attempts: readonly OpenAttempt[]) => Promise<Finding[]>, name = 'probe') =>
  pollingChannel(name, poll);
const accepted = (completion: string[], evidenceSeconds?: number) =>
  acceptedEvent(db, completion, evidenceSeconds);

describe('the watcher', () => {
  it('settles by the first channel that reports, and names it', async () => {
    const id = await accepted(['slow', 'fast']);
    const slow = channel(async (attempts) => {
      await until('the fast one has settled', async () => (await db.get(id))?.finishedAt !== null);
      return found(attempts, 'slow');
    }, 'slow');
    const fast = channel(async (attempts) => found(attempts, 'fast'), 'fast');
    await watcher(slow, fast).runOnce();
    expect(await db.get(id)).toMatchObject({ settledBy: 'fast', result: '"fast"' });
  });

  const ended = (attempts: readonly OpenAttempt[], agoMs: number): Finding[] =>
    attempts.map((attempt) => ({
      attempt,
      type: 'ended',
      outcome: { state: 'succeeded' },
      endedAt: Date.now() - agoMs,
    }));
  const bare = (agoMs: number): Channel => ({
    ...channel(async (attempts) => ended(attempts, agoMs), 'bare'),
    traits: { ...TRAITS, withoutResult: true },
  });

  it('takes an end with its result before one without, where one round finds both', async () => {
    const id = await accepted(['bare', 'whole']);
    const whole = channel(async (attempts) => {
      await sleep(50);
      return found(attempts, 'whole');
    }, 'whole');
    await watcher(bare(60_000), whole).runOnce();
    expect(await db.get(id)).toMatchObject({ settledBy: 'whole', result: '"whole"' });
  });

  it('waits a moment for the result that another channel may bring, and no longer', async () => {
    const id = await accepted(['bare', 'whole']);
    const alone = await accepted(['bare']);
    const nothing = channel(async () => [], 'whole');
    await watcher(bare(0), nothing).runOnce();
    expect(await db.get(id)).toMatchObject({ state: 'running' });
    expect(await db.get(alone)).toMatchObject({ settledBy: 'bare' });
    await db.query('update attempts set poll_at = now() where execution_id = $1::uuid', [id]);
    await watcher(bare(60_000), nothing).runOnce();
    expect(await db.get(id)).toMatchObject({ state: 'succeeded', settledBy: 'bare' });
  });

  it('takes an end without result at the last look, and where the other channel cannot look', async () => {
    const last = await accepted(['bare', 'whole'], 0);
    const broken = channel(() => Promise.reject(new Error('S3 is away')), 'whole');
    await watcher(bare(0), broken).runOnce();
    expect(await db.get(last)).toMatchObject({ settledBy: 'bare' });
    const id = await accepted(['bare', 'whole']);
    await watcher(bare(60_000), broken).runOnce();
    expect(await db.get(id)).toMatchObject({ settledBy: 'bare' });
  });

  it('asks only the channels that the execution names', async () => {
    await accepted(['probe']);
    const asked: string[] = [];
    const note = (name: string) =>
      channel(async () => {
        asked.push(name);
        return [];
      }, name);
    await watcher(note('probe'), note('other')).runOnce();
    expect(asked).toEqual(['probe']);
  });

  it('asks for a lost answer also the channels that can find one, whatever the execution names', async () => {
    const id = await queue(db, { completion: ['response'] });
    await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
    await db.recordDoubtMany([
      {
        id: id,
        number: 1,
        code: 'response_lost',
        reason: 'reset',
        requestId: null,
        windowSeconds: 60,
        expiredOnly: false,
      },
    ]);
    const finder = {
      ...channel(async (attempts) => found(attempts, 'finder'), 'finder'),
      traits: { ...TRAITS, settlesDoubt: true },
    };
    await watcher(finder).runOnce();
    expect(await db.get(id)).toMatchObject({ state: 'succeeded', settledBy: 'finder' });
  });

  it('gives up as lost when the time for evidence is over', async () => {
    const id = await accepted(['probe'], 0);
    await watcher(channel(async () => [])).runOnce();
    expect(await db.get(id)).toMatchObject({
      state: 'failed',
      settledBy: 'watcher',
      error: { kind: 'lost' },
    });
  });

  it('does not give up what a channel says is still running', async () => {
    const id = await accepted(['probe'], 0);
    await watcher(channel(async (all) => all.map((attempt) => ({ attempt, type: 'running' })))).runOnce();
    expect(await db.get(id)).toMatchObject({ state: 'running' });
  });

  it('follows on, for as long as the channel says, what did start although the answer was lost', async () => {
    const id = await queue(db, { invocationType: 'Event', completion: ['probe'] });
    await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
    await db.recordDoubtMany([
      {
        id: id,
        number: 1,
        code: 'response_lost',
        reason: 'reset',
        requestId: 'r',
        windowSeconds: 0,
        expiredOnly: false,
      },
    ]);
    const started = { durableExecutionArn: 'arn', evidenceSeconds: 60 };
    await watcher(
      channel(async (all) => all.map((attempt) => ({ attempt, type: 'running', started }))),
    ).runOnce();
    expect(await db.get(id)).toMatchObject({
      state: 'running',
      attempts: [{ phase: 'accepted', durableExecutionArn: 'arn', requestId: 'r', doubt: null }],
    });
    await db.query('update attempts set poll_at = now()');
    await watcher(channel(async () => [])).runOnce();
    expect(await db.get(id)).toMatchObject({ state: 'running' });
  });

  it('gives nothing up because it could not look', async () => {
    const id = await accepted(['probe'], 0);
    await watcher(channel(() => Promise.reject(new Error('CloudWatch is away')))).runOnce();
    expect(await db.get(id)).toMatchObject({ state: 'running' });
  });

  it('lets every channel of an attempt that was settled tidy up, and no other', async () => {
    const id = await accepted(['probe', 'reports']);
    const tidied: string[] = [];
    const tidy = async (attempt: OpenAttempt) => {
      tidied.push(attempt.id);
    };
    const failing = {
      ...channel(async () => [], 'reports'),
      settled: () => Promise.reject(new Error('S3 is away')),
    };
    const probe = { ...channel(async (attempts) => found(attempts, 'probe')), settled: tidy };
    const other = { ...channel(async () => [], 'other'), settled: tidy };
    await watcher(failing, probe, other).runOnce();
    expect(tidied).toEqual([id]);
    expect((await db.get(id))?.state).toBe('succeeded');
  });

  it('tells a warning once, however often a channel repeats it', async () => {
    const id = await accepted(['probe']);
    const unreadable = watcher(
      channel(async (attempts) =>
        attempts.map((attempt) => ({
          attempt,
          type: 'not_visible',
          warning: { code: 'unreadable', message: 'grant x' },
        })),
      ),
    );
    await unreadable.runOnce();
    await db.query('update attempts set poll_at = now()');
    await unreadable.runOnce();
    expect((await db.get(id))?.warnings).toEqual([{ code: 'unreadable', message: 'grant x' }]);
  });
});
