import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/ledger/database.ts';
import { claim, recordAccepted } from '../../src/ledger/dispatch.ts';
import { schedulePolls, takeDuePolls } from '../../src/ledger/open-attempts.ts';
import { settleAttempt } from '../../src/ledger/settle.ts';
import { LEDGERS, queue } from '../helpers/ledger.ts';

describe.each(LEDGERS)('the polls of open attempts on %s', (_name, open) => {
  let db: Database;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db.close());

  async function accepted(): Promise<string> {
    const id = await queue(db, { invocationType: 'Event', completion: ['logs'] });
    await claim(db, randomUUID(), 10, 30);
    const answer = { requestId: id, executedVersion: null, durableExecutionArn: null, evidenceSeconds: 60 };
    await recordAccepted(db, id, 1, answer);
    return id;
  }

  async function dueIn(id: string): Promise<number> {
    const [row] = await db.query<{ seconds: number }>(
      `select extract(epoch from poll_at - now())::double precision as seconds from attempts
       where execution_id = $1::uuid`,
      [id],
    );
    return row?.seconds ?? Number.NaN;
  }

  it('are due when the watcher that took the attempt has said, or else after 15 s', async () => {
    const [soon, later, unsaid, ended] = [
      await accepted(),
      await accepted(),
      await accepted(),
      await accepted(),
    ];
    expect(await takeDuePolls(db, 10)).toHaveLength(4);
    await settleAttempt(db, { id: ended, number: 1, channel: 'logs', outcome: { state: 'succeeded' } });
    await schedulePolls(db, [
      { id: later, number: 1, inSeconds: 60 },
      { id: soon, number: 1, inSeconds: 0 },
      { id: ended, number: 1, inSeconds: 0 },
    ]);
    expect(await takeDuePolls(db, 10)).toMatchObject([{ id: soon }]);
    expect(await dueIn(later)).toBeGreaterThan(50);
    expect(await dueIn(unsaid)).toBeGreaterThan(10);
    expect(await dueIn(unsaid)).toBeLessThanOrEqual(15);
  });
});
