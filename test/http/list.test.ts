import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, apiOf } from '../helpers/api.ts';
import { queue } from '../helpers/ledger.ts';
import { type Stack, startStack } from '../helpers/stack.ts';

let stack: Stack;
let api: Api;

beforeAll(async () => {
  // A replica that may hold no invocation leaves every execution queued.
  stack = await startStack({ s3: false, config: { limits: { heldInvocations: 0 } } });
  api = apiOf(stack.url);
});
afterAll(() => stack.stop());

const idsOf = (answer: { json: { executions: { id: string }[] } }) =>
  answer.json.executions.map(({ id }) => id);

/** As ids sort: within one millisecond their order is by chance. */
const newestFirst = (ids: string[]) => ids.toSorted().reverse();

describe('filters', () => {
  const task = (overrides: object) => ({
    dag_id: 'd',
    run_id: 'r',
    task_id: 't',
    map_index: -1,
    ...overrides,
  });
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    const { db } = stack;
    ids['plain'] = await queue(db, { function: 'plain' });
    ids['first'] = await queue(db, { function: 'first', airflow: task({}) });
    ids['otherRun'] = await queue(db, {
      function: '123456789012:function:first',
      airflow: task({ run_id: 'r2' }),
    });
    ids['otherTask'] = await queue(db, { function: 'second', airflow: task({ task_id: 't2' }) });
    ids['mapped'] = await queue(db, { function: 'second', airflow: task({ map_index: 3 }) });
    await api.post(`/v1/executions/${ids['plain']}/cancel`);
  });

  it.each([
    ['', ['mapped', 'otherTask', 'otherRun', 'first', 'plain']],
    ['dag_id=d', ['mapped', 'otherTask', 'otherRun', 'first']],
    ['dag_id=d&run_id=r', ['mapped', 'otherTask', 'first']],
    ['dag_id=d&run_id=r&task_id=t', ['mapped', 'first']],
    ['dag_id=d&run_id=r&task_id=t&map_index=-1', ['first']],
    ['map_index=3', ['mapped']],
    ['function=first', ['otherRun', 'first']],
    ['function=arn:aws:lambda:eu-central-1:123456789012:function:first', ['otherRun', 'first']],
    ['state=cancelled', ['plain']],
    ['state=queued&function=second', ['mapped', 'otherTask']],
    ['dag_id=unknown', []],
    ['function=second&limit=2', ['mapped', 'otherTask']],
  ])('%s finds %j, newest first', async (query, names) => {
    const answer = await api.get(`/v1/executions?${query}`);
    expect(answer.status).toBe(200);
    expect(idsOf(answer)).toEqual(newestFirst(names.map((name) => ids[name] ?? '')));
  });
});

describe('pages', () => {
  it('miss and repeat nothing while new executions come in', async () => {
    const old: string[] = [];
    for (let n = 0; n < 23; n += 1) old.push(await queue(stack.db, { function: 'paged' }));
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await api.get(`/v1/executions?function=paged&limit=5${cursor}`);
      seen.push(...idsOf(page));
      expect(page.json.executions).toHaveLength(page.json.next_cursor ? 5 : 3);
      cursor = page.json.next_cursor ? `&cursor=${page.json.next_cursor}` : '';
      await queue(stack.db, { function: 'paged' });
    } while (cursor !== '');
    expect(seen).toEqual(newestFirst(old));
  });

  it('have no cursor after the last, also when it is full', async () => {
    for (let n = 0; n < 4; n += 1) await queue(stack.db, { function: 'full' });
    const first = await api.get('/v1/executions?function=full&limit=2');
    const second = await api.get(`/v1/executions?function=full&limit=2&cursor=${first.json.next_cursor}`);
    expect(second.json.executions).toHaveLength(2);
    expect(second.json).not.toHaveProperty('next_cursor');
  });

  it('hold 50 executions when no limit is given', async () => {
    await Promise.all(Array.from({ length: 51 }, () => queue(stack.db, { function: 'many' })));
    expect((await api.get('/v1/executions?function=many')).json.executions).toHaveLength(50);
  });
});
