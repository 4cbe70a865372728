import { randomUUID } from 'node:crypto';
import { buffer, text } from 'node:stream/consumers';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type AwsClients, createAwsClients } from '../../../src/aws/clients.ts';
import { ObjectStore } from '../../../src/aws/object-store.ts';
import { DEFAULT_LIMITS } from '../../../src/config/limits.ts';
import { GroupedWrites } from '../../../src/ledger/grouped-writes.ts';
import { createSettle } from '../../../src/lifecycle/settle/settle.ts';
import { Waiters } from '../../../src/lifecycle/settle/waiters.ts';
import { Staging } from '../../../src/lifecycle/staging.ts';
import { stubAwsEnvironment } from '../../aws/aws-environment.ts';
import { postgresTestLedger, queue, type TestLedger } from '../../helpers/ledger.ts';
import { recordedLog } from '../../helpers/log.ts';
import { type Moto, startMoto } from '../../helpers/moto.ts';

let moto: Moto;
let clients: AwsClients;
let db: TestLedger;

beforeAll(async () => {
  moto = await startMoto();
  stubAwsEnvironment({ AWS_ENDPOINT_URL: moto.url });
  clients = createAwsClients({ maxHeldInvocations: 1 });
  await clients.s3.send(new CreateBucketCommand({ Bucket: 'staging' }));
  db = await postgresTestLedger();
});
afterAll(async () => {
  await db?.close();
  clients?.close();
  await moto?.stop();
  vi.unstubAllEnvs();
});

it('a second report leaves the large result of the first as it was', async () => {
  const staging = new Staging(new ObjectStore(clients.s3), 's3://staging/bridge');
  const limits = { ...DEFAULT_LIMITS, inlineResultBytes: 10 };
  const settle = createSettle(
    new GroupedWrites(db),
    staging,
    new Waiters(async () => []),
    limits,
    recordedLog().log,
  );
  const id = await queue(db, { invocationType: 'Event', completion: ['callback'] });
  await db.claimDue({ owner: randomUUID(), seconds: 30 }, 1);
  for (const result of ['"the first result"', '"another one, of a run that Lambda made twice"'])
    await settle({ id, number: 1 }, 'callback', { state: 'succeeded', result });
  const { resultRef } = (await db.get(id)) ?? {};
  if (!resultRef) throw new Error('it is staged');
  expect(await text((await staging.open(resultRef)).stream)).toBe('"the first result"');
});

it('stages a large result that is not text as bytes, with its type', async () => {
  const staging = new Staging(new ObjectStore(clients.s3), 's3://staging/bridge');
  const limits = { ...DEFAULT_LIMITS, inlineResultBytes: 3 };
  const settle = createSettle(
    new GroupedWrites(db),
    staging,
    new Waiters(async () => []),
    limits,
    recordedLog().log,
  );
  const id = await queue(db);
  await db.claimDue({ owner: randomUUID(), seconds: 30 }, 1);
  const result = Buffer.from([0x25, 0xff, 0x00, 0x0a]);
  await settle({ id, number: 1 }, 'response', { state: 'succeeded', result, resultType: 'image/png' });
  const { resultRef } = (await db.get(id)) ?? {};
  expect(resultRef).toMatchObject({ size: 4, content_type: 'image/png' });
  if (resultRef) expect(await buffer((await staging.open(resultRef)).stream)).toEqual(result);
});

it('keeps a NUL in a result of a durable execution', async () => {
  const staging = new Staging(new ObjectStore(clients.s3), undefined);
  const settle = createSettle(
    new GroupedWrites(db),
    staging,
    new Waiters(async () => []),
    DEFAULT_LIMITS,
    recordedLog().log,
  );
  const id = await queue(db);
  await db.claimDue({ owner: randomUUID(), seconds: 30 }, 1);
  await settle({ id, number: 1 }, 'durable', { state: 'succeeded', result: 'one\0two' });
  expect(Buffer.from((await db.get(id))?.result ?? '').toString()).toBe('one\0two');
});
