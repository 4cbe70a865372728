import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionRequest } from '../../../src/domain/execution.ts';
import type { ExecutionFilter } from '../../../src/ledger/records.ts';
import { LEDGERS, type TestLedger } from '../../helpers/ledger.ts';
import { CANCELLED } from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';

/** More than SQLite reads in one turn of the event loop (STEP in src/ledger/sqlite/list.ts), several times. */
const ROWS = 4_500;
const BATCH = 500;
const FN_ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:reports';

/** Row `n` of all, from the oldest. Few match each filter, and they lie far from each other. */
function requestOf(n: number): Partial<ExecutionRequest> {
  const airflow = {
    dag_id: `dag ${n % 2}`,
    run_id: `run ${n % 3}`,
    task_id: `task ${n % 500}`,
    map_index: n % 7,
  };
  return {
    function: n % 900 === 0 ? FN_ARN : 'fn',
    ...(n % 5 === 0 ? {} : { airflow }),
  };
}

function matches(filter: ExecutionFilter, n: number): boolean {
  const { airflow, function: fn } = requestOf(n);
  const { function: wanted, state, ...task } = filter;
  const ofTask = Object.entries(task).every(([name, value]) => airflow?.[name as 'dag_id'] === value);
  const ofFunction = wanted === undefined || (wanted === 'fn') === (fn === 'fn');
  return (
    ofTask && ofFunction && (state === undefined || state === (n % 1_000 === 0 ? 'cancelled' : 'queued'))
  );
}

describe.each(LEDGERS)('a list on %s', (_name, open) => {
  let db: TestLedger;
  /** from the oldest */
  const ids: string[] = [];
  beforeAll(async () => {
    db = await open();
    for (let from = 0; from < ROWS; from += BATCH) {
      const batch = Array.from({ length: BATCH }, (_one, at) => newExecution(requestOf(from + at)));
      // Ids of one millisecond are in no order.
      batch.sort((a, b) => (a.id < b.id ? -1 : 1));
      const sorted = batch.map(({ id }, at) => newExecution(requestOf(from + at), { id }));
      await db.submitMany(sorted);
      ids.push(...sorted.map(({ id }) => id));
    }
    for (let n = 0; n < ROWS; n += 1_000) await db.cancel(ids[n] ?? '', CANCELLED);
  });
  afterAll(() => db.close());

  const wanted = (filter: ExecutionFilter) => ids.filter((_id, n) => matches(filter, n)).reverse();

  async function pages(filter: ExecutionFilter, limit: number): Promise<string[]> {
    const found: string[] = [];
    for (;;) {
      const page = (await db.list(filter, limit, found.at(-1))).map(({ id }) => id);
      expect(page.length).toBeLessThanOrEqual(limit);
      found.push(...page);
      if (page.length < limit) return found;
    }
  }

  it.each([
    [{}, 1_700],
    [{ dag_id: 'dag 1' }, 1_000],
    [{ dag_id: 'dag 1', run_id: 'run 2' }, 499],
    [{ dag_id: 'dag 0', run_id: 'run 1', task_id: 'task 4', map_index: 1 }, 1],
    [{ run_id: 'run 2' }, 700],
    [{ task_id: 'task 77' }, 2],
    [{ map_index: 6 }, 300],
    [{ map_index: 0, state: 'cancelled' }, 2],
    [{ function: 'fn' }, 3_000],
    [{ function: 'reports' }, 2],
    [{ function: FN_ARN }, 100],
    [{ function: 'reports', dag_id: 'dag 0' }, 3],
    [{ state: 'cancelled' }, 2],
    [{ state: 'queued', function: 'fn' }, 4_000],
    [{ state: 'running' }, 10],
    [{ dag_id: 'nobody' }, 10],
  ] as [ExecutionFilter, number][])(
    'of %j has all that match, newest first, in pages of %i',
    async (filter, limit) => {
      expect(await pages(filter, limit)).toEqual(wanted(filter));
    },
  );

  it('has what a read has of an execution, without what belongs to its attempts', async () => {
    const [newest] = await db.list({ dag_id: 'dag 1' }, 1);
    expect(await db.get(newest?.id ?? '')).toMatchObject({ ...newest });
    expect(newest).not.toHaveProperty('attempts');
  });

  it('begins below an id, also one that is not there any more', async () => {
    const below = ids[100] ?? '';
    const gone = `${below.slice(0, -4)}ffff`;
    const first = async (before: string) => (await db.list({}, 1, before))[0]?.id;
    expect(await first(below)).toBe(ids[99]);
    expect([ids[100], ids[101]]).toContain(await first(gone));
    expect(await db.list({}, 10, ids[0])).toEqual([]);
  });
});
