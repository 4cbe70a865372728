import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATIONS, type Operation } from '../../src/contract/operations.ts';
import { newId } from '../../src/domain/id.ts';
import { type Api, apiOf } from '../helpers/api.ts';
import { type Stack, startStack } from '../helpers/stack.ts';

const AIRFLOW = 'token-of-airflow-0123456789';
const OPERATOR = 'token-of-operator-987654321';
let stack: Stack;
let api: Api;

beforeAll(async () => {
  const tokens = [
    { name: 'airflow', token: AIRFLOW },
    { name: 'operator', token: OPERATOR },
  ];
  stack = await startStack({ s3: false, config: { tokens } });
  api = apiOf(stack.url);
});
afterAll(() => stack.stop());

const list = (authorization?: string) =>
  api.get('/v1/executions', authorization === undefined ? {} : { headers: { authorization } });

const operations = Object.values<Operation>(OPERATIONS);
const call = ({ method, path }: Operation) => {
  const filled = path.replace('{id}', newId()).replace('{attempt}', '1');
  if (method === 'get') return api.get(filled);
  return method === 'put' ? api.put(filled) : api.post(filled);
};

describe('a bridge with tokens', () => {
  it.each(operations.filter(({ token }) => token !== 'none'))(
    'asks for one at $method $path',
    async (operation) => {
      const answer = await call(operation);
      expect(answer).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.json.detail).toContain('Authorization: Bearer');
    },
  );

  it.each(operations.filter(({ token }) => token === 'none'))('asks for none at $path', async (operation) => {
    expect((await call(operation)).status).toBe(200);
  });

  it.each([AIRFLOW, OPERATOR])('lets each of its tokens pass', async (token) => {
    expect((await list(`Bearer ${token}`)).status).toBe(200);
  });

  it('reads the scheme in any case, as HTTP has it', async () => {
    expect((await list(`bearer  ${AIRFLOW}`)).status).toBe(200);
  });

  it.each([
    'Bearer wrong-token',
    `Bearer ${AIRFLOW}x`,
    `Bearer ${AIRFLOW.slice(0, -1)}`,
    `Bearer ${AIRFLOW.toUpperCase()}`,
    `Basic ${AIRFLOW}`,
    AIRFLOW,
    'Bearer ',
    '',
  ])('refuses %j', async (authorization) => {
    const answer = await list(authorization);
    expect(answer).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
    expect(answer.text).not.toContain('token-of');
  });

  it('says nothing about a request before it knows who asks', async () => {
    const answer = await api.submit('{', { headers: { authorization: 'Bearer wrong' } });
    expect(answer).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
    expect(await stack.executions()).toBe(0);
  });

  it('takes work from who has one', async () => {
    const headers = { authorization: `Bearer ${AIRFLOW}` };
    const { status, json } = await api.submit({ function: 'echo' }, { query: '?wait=20', headers });
    expect({ status, state: json.state }).toEqual({ status: 201, state: 'succeeded' });
  });
});
