/** SQLite works in the thread of the event loop, so whatever may be long is divided into steps. */
import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqliteConnection } from '../../../src/ledger/sqlite/connection.ts';
import { prune } from '../../../src/lifecycle/settle/pruner.ts';
import { sqliteTestLedger, type TestLedger } from '../../helpers/ledger.ts';
import { CANCELLED } from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';

const ROWS = 6_100;

let db: TestLedger;
beforeAll(async () => {
  db = await sqliteTestLedger();
  for (let rows = 0; rows < ROWS; rows += 100)
    await db.submitMany(Array.from({ length: 100 }, () => newExecution()));
});
afterAll(() => db.close());

/** How often others had their turn in the event loop while the work ran. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let next = setImmediate(function turn() {
    turns += 1;
    next = setImmediate(turn);
  });
  await work();
  clearImmediate(next);
  return turns;
}

it('a list whose filter matches nothing lets others run after every 2,000 rows', async () => {
  const search = () => db.list({ state: 'failed' }, 10);
  expect(await search()).toEqual([]);
  expect(await turnsDuring(search)).toBeGreaterThanOrEqual(Math.floor(ROWS / 2_000));
});

it('a list that is full after its first step reads no more', async () => {
  expect(await turnsDuring(() => db.list({}, 10))).toBe(0);
});

it('the pruner lets others run after every 250 executions', async () => {
  await db.run(
    `update executions set state = 'cancelled', finished_at = created_at, error = '${JSON.stringify(CANCELLED)}'`,
  );
  await db.pass(31 * 86_400);
  const log = pino({ level: 'silent' });
  expect(await turnsDuring(async () => expect(await prune(db, 30, log)).toBe(ROWS))).toBeGreaterThanOrEqual(
    Math.floor(ROWS / 250),
  );
  expect(await db.list({}, 1)).toEqual([]);
});

function busyFor(ms: number): string {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return randomUUID();
}

it('writes that take long are committed a few at a time, each with its own answer', async () => {
  const connection = new SqliteConnection(':memory:');
  const answers: string[] = [];
  const work = () =>
    Promise.all(
      Array.from({ length: 6 }, () =>
        connection.write(() => {
          const answer = busyFor(15);
          answers.push(answer);
          return answer;
        }),
      ),
    );
  let got: string[] = [];
  const turns = await turnsDuring(async () => {
    got = await work();
  });
  expect(turns).toBeGreaterThanOrEqual(2);
  expect(got).toEqual(answers);
  connection.close();
});

it('a close writes all that waits, however long it takes', async () => {
  const connection = new SqliteConnection(':memory:');
  const writes = Array.from({ length: 6 }, (_one, n) =>
    connection.write(() => {
      busyFor(15);
      return n;
    }),
  );
  connection.close();
  expect(await Promise.all(writes)).toEqual([0, 1, 2, 3, 4, 5]);
});

it('a write that fails undoes nothing of the others of its commit', async () => {
  const connection = new SqliteConnection(':memory:');
  await connection.write(() => connection.script('create table t (n integer primary key) strict'));
  const results = await Promise.allSettled(
    [1, 2, 2, 3].map((n) => connection.write(() => connection.run('insert into t values (:n)', { n }))),
  );
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(connection.all('select n from t order by n')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  connection.close();
});
