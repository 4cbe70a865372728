import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEDGERS, queue, settleOne, type TestLedger } from '../../helpers/ledger.ts';

describe.each(LEDGERS)('the polls of open attempts on %s', (_name, open) => {
  let db: TestLedger;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());

  async function accepted(): Promise<string> {
    const id = await queue(db, { invocationType: 'Event', completion: ['logs'] });
    await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
    const answer = { requestId: id, executedVersion: null, durableExecutionArn: null, evidenceSeconds: 600 };
    await db.recordAcceptedMany([{ id, number: 1, ...answer }]);
    return id;
  }

  it('are due when the watcher that took the attempt has said, or else after 15 s', async () => {
    const [soon, later, unsaid, ended] = [
      await accepted(),
      await accepted(),
      await accepted(),
      await accepted(),
    ];
    expect(await db.takeDuePolls(10)).toHaveLength(4);
    await settleOne(db, { id: ended, number: 1, channel: 'logs', outcome: { state: 'succeeded' } });
    await db.schedulePolls([
      { id: later, number: 1, inSeconds: 60 },
      { id: soon, number: 1, inSeconds: 0 },
      { id: ended, number: 1, inSeconds: 0 },
    ]);
    const due = async () => (await db.takeDuePolls(10)).map(({ id }) => id);
    expect(await due()).toEqual([soon]);
    await db.pass(10);
    expect(await due()).toEqual([]);
    await db.pass(6);
    expect((await due()).sort()).toEqual([soon, unsaid].sort());
    await db.pass(45);
    expect(await due()).toContain(later);
  });
});
