import { expect, it } from 'vitest';
import { LedgerUnavailable } from '../../../src/ledger/ledger-unavailable.ts';
import { whileAvailable } from '../../../src/ledger/postgres/outage.ts';

const coded = (code: string) => Object.assign(new Error(`S3CRET ${code}`), { code });
const thrownFor = (error: unknown) =>
  whileAvailable(() => Promise.reject(error)).catch((thrown: unknown) => thrown);

it.each([
  coded('ECONNREFUSED'),
  coded('ECONNRESET'),
  coded('57P01'),
  coded('08006'),
  coded('EAI_AGAIN'),
  coded('EHOSTUNREACH'),
  coded('53300'),
  coded('57014'),
  coded('55P03'),
  coded('40P01'),
  coded('25006'),
  coded('28P01'),
  new Error('Query read timeout'),
  new Error('Client has encountered a connection error and is not queryable'),
  new Error('Connection terminated unexpectedly'),
  new Error('timeout exceeded when trying to connect'),
  new Error('timeout expired'),
])('asks to try again when the database is unavailable: %s', async (cause) => {
  const error = (await thrownFor(cause)) as LedgerUnavailable;
  expect(error).toBeInstanceOf(LedgerUnavailable);
  expect(error).toMatchObject({ httpStatus: 503, code: 'unavailable', retryAfter: 2, cause });
  expect(error.message).not.toContain('S3CRET');
});

it.each([coded('23505'), coded('22P02'), coded('42601')])(
  'does not take an error in our SQL for an outage: %s',
  async (error) => {
    expect(await thrownFor(error)).toBe(error);
  },
);
