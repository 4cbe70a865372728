import { once } from 'node:events';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BridgeError, InvalidRequest, Unavailable } from '../../src/domain/errors.ts';
import { problemHandler } from '../../src/http/problem.ts';
import { LedgerUnavailable } from '../../src/ledger/ledger-unavailable.ts';
import { contractFaults } from '../helpers/contract.ts';
import { recordedLog } from '../helpers/log.ts';
import { until } from '../helpers/until.ts';

const { log, lines } = recordedLog();
let fault: unknown;
let server: Server;
let url: string;

beforeAll(async () => {
  const app = express();
  app.get('/halfway', (_request, response) => {
    response.write('half');
    throw fault;
  });
  app.post('/read', async (sent, _response) => {
    for await (const _chunk of sent);
    throw fault;
  });
  app.use(() => {
    throw fault;
  });
  app.use(problemHandler(log));
  server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  lines.length = 0;
});

async function problemOf(thrown: unknown, init?: RequestInit) {
  fault = thrown;
  const response = await fetch(`${url}/some/path?secret=1`, init);
  const text = await response.text();
  const contentType = response.headers.get('content-type') ?? '';
  expect(contractFaults('GET', '/', { status: response.status, contentType, text })).toEqual([]);
  return { status: response.status, headers: response.headers, json: JSON.parse(text) };
}

describe('a problem', () => {
  it('says code, status, title and detail of our own errors', async () => {
    const { status, json } = await problemOf(
      new BridgeError('object_exists', 409, 's3://b/k exists already.'),
    );
    expect(status).toBe(409);
    expect(json).toEqual({
      type: 'urn:airflow-lambda-bridge:problem:object_exists',
      title: 'Conflict',
      status: 409,
      detail: 's3://b/k exists already.',
      code: 'object_exists',
    });
    expect(lines).toEqual([]);
  });

  it('lists every fault', async () => {
    const faults = [
      { pointer: '/a', message: 'is missing' },
      { pointer: '/b', message: 'must be string' },
    ];
    const { json } = await problemOf(new InvalidRequest(faults));
    expect(json).toMatchObject({ status: 422, detail: '/a: is missing (and 1 more)', faults });
  });

  it('says when to come back', async () => {
    const { status, headers } = await problemOf(new Unavailable('busy', 'Too much to do.', undefined, 7));
    expect({ status, after: headers.get('retry-after') }).toEqual({ status: 503, after: '7' });
  });

  it('tells nothing of a fault that we did not foresee, and logs it whole', async () => {
    const { status, json } = await problemOf(new TypeError('S3CRET is not a function'));
    expect({ status, code: json.code }).toEqual({ status: 500, code: 'internal_error' });
    expect(JSON.stringify(json)).not.toContain('S3CRET');
    expect(lines).toEqual([
      expect.objectContaining({
        msg: 'request failed',
        method: 'GET',
        path: '/some/path',
        err: expect.objectContaining({ message: 'S3CRET is not a function' }),
      }),
    ]);
  });

  it.each(['text', 7, { status: 200 }, { status: 'x' }])(
    'is made of whatever is thrown: %j',
    async (thrown) => {
      expect(await problemOf(thrown)).toMatchObject({ status: 500, json: { code: 'internal_error' } });
    },
  );

  it('asks to try again when the ledger is unavailable', async () => {
    const { status, json, headers } = await problemOf(new LedgerUnavailable(new Error('S3CRET')));
    expect({ status, code: json.code }).toEqual({ status: 503, code: 'unavailable' });
    expect(headers.get('retry-after')).toBe('2');
    expect(JSON.stringify(json)).not.toContain('S3CRET');
  });
});

describe('the connection', () => {
  it('is kept after a refusal of a request without a body', async () => {
    const { headers } = await problemOf(new BridgeError('not_found', 404, 'There is no such thing.'));
    expect(headers.get('connection')).toBe('keep-alive');
  });

  it('ends after a refusal that left the body unread', async () => {
    const init = { method: 'POST', body: 'x'.repeat(1_000) };
    const { headers } = await problemOf(new BridgeError('unauthorized', 401, 'Who are you?'), init);
    expect(headers.get('connection')).toBe('close');
  });

  it('ends when an answer breaks halfway, so that it is not taken for whole', async () => {
    fault = new Error('S3 has gone');
    await expect(fetch(`${url}/halfway`).then((response) => response.text())).rejects.toThrow();
    expect(lines).toEqual([
      expect.objectContaining({ msg: 'the connection broke during a request or its response' }),
    ]);
  });

  it('may be broken by the caller, which is no failure of ours', async () => {
    const sent = request(`${url}/read`, { method: 'POST', headers: { 'Content-Length': 1_000 } });
    sent.on('error', () => undefined);
    const arrived = once(server, 'request');
    sent.write('x');
    await arrived;
    sent.destroy();
    await until('it is noticed', () => lines.length > 0);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 30,
        msg: 'the connection broke during a request or its response',
        path: '/read',
      }),
    ]);
  });
});
