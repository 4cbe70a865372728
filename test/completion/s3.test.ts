import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, expect, it } from 'vitest';
import type { AwsClients } from '../../src/aws/clients.ts';
import { ObjectStore } from '../../src/aws/object-store.ts';
import type { Channel } from '../../src/completion/channel.ts';
import { inBatches } from '../../src/completion/in-batches.ts';
import { createS3Channel } from '../../src/completion/s3.ts';
import type { OpenAttempt } from '../../src/domain/execution.ts';
import { newId } from '../../src/domain/id.ts';
import { withFunctionHelper } from '../helpers/function-helper.ts';
import { failureRecord } from '../helpers/invocation-records.ts';
import { endsIn, outcomeIn } from './findings.ts';
import { behavesAsChannel } from './suite.ts';

const STAGING = 's3://staging/bridge';
const FAILURES = 's3://failures/aws/lambda/async';
const policies = [
  { name: 'told', allow: true, failureBucket: 'failures' },
  { name: 'blind', allow: true, failureBucket: 'no-such-bucket' },
  { name: '*', allow: true },
];
const { functionsDir, remove } = await withFunctionHelper(
  fileURLToPath(new URL('./functions', import.meta.url)),
);
afterAll(remove);

let store: ObjectStore;
/** every command that S3 was sent */
const commands: string[] = [];

async function sources(clients: AwsClients) {
  for (const Bucket of ['staging', 'failures']) {
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
    await clients.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  }
  clients.s3.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        commands.push(String(commandName).replace('Command', ''));
        return next(args);
      },
    { step: 'initialize', name: 'recordCommand' },
  );
  store = new ObjectStore(clients.s3);
  return { store, stagingUri: STAGING, policies };
}

function attempt(overrides: Partial<OpenAttempt> = {}): OpenAttempt {
  return {
    id: newId(),
    number: 1,
    phase: 'accepted',
    function: 'sleepy',
    qualifier: null,
    invocationType: 'Event',
    completion: ['s3'],
    envelope: true,
    requestId: null,
    durableExecutionArn: null,
    startedAt: new Date(),
    ageSeconds: 0,
    cancelRequested: false,
    paused: false,
    lastPoll: false,
    ...overrides,
  };
}

interface Reply {
  put_url: string;
  result_put_url: string;
}

async function replyTo(channel: Channel, { id, number }: OpenAttempt): Promise<Reply> {
  const planned = { id, number, function: 'sleepy', qualifier: null, deadlineAt: null };
  return (await channel.replyTo?.(planned)) as Reply;
}

/** As a function does: without credentials. */
async function put(url: string, body: string): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', body });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

async function report(channel: Channel, from: OpenAttempt, body: string): Promise<void> {
  await put((await replyTo(channel, from)).put_url, body);
}

const trial = { failures: true, logged: false, moto: true, functionsDir, sources } as const;
behavesAsChannel('s3', 'Event', trial, (bench) => {
  const look = async (...attempts: OpenAttempt[]) => (await bench().channel.poll?.(attempts)) ?? [];

  it('reads what appeared with one list, however many attempts are open', async () => {
    const open = Array.from({ length: 30 }, () => attempt());
    const ended = open.slice(0, 2);
    for (const one of ended)
      await report(bench().channel, one, `{"status":"succeeded","result":"${one.id}"}`);
    commands.length = 0;
    const findings = await look(...open);
    expect(endsIn(findings).map(({ attempt, outcome }) => [attempt, outcome])).toEqual(
      ended.map((one) => [one, { state: 'succeeded', result: `"${one.id}"` }]),
    );
    expect(commands.toSorted()).toEqual(['GetObject', 'GetObject', 'ListObjectsV2']);
  });

  it('tells the attempts of one execution apart, and keeps the result as it was written', async () => {
    const first = attempt();
    const second = { ...first, number: 2, requestId: 'r' };
    await report(bench().channel, second, '{"status":"succeeded", "result": {"n": 1.0} }');
    expect(await look(first)).toEqual([]);
    expect(await look(first, second)).toEqual([
      {
        attempt: second,
        type: 'ended',
        outcome: { state: 'succeeded', result: '{"n": 1.0}', requestId: 'r' },
      },
    ]);
  });

  it('refers to a large result that the function uploaded, after a look at its size', async () => {
    const one = attempt();
    const { put_url, result_put_url } = await replyTo(bench().channel, one);
    const result = '[1,2,3]';
    const sha256 = createHash('sha256').update(result).digest('hex');
    const ref = { size: result.length, sha256, content_type: 'application/json' };
    await put(put_url, JSON.stringify({ status: 'succeeded', result_ref: ref }));
    expect(outcomeIn(await look(one))).toMatchObject({
      state: 'failed',
      error: { type: 'MalformedOutcome', message: expect.stringContaining('there is no object') },
    });
    await put(result_put_url, result);
    const uri = `${STAGING}/results/${one.id}/1`;
    expect(outcomeIn(await look(one))).toEqual({ state: 'succeeded', resultRef: { uri, ...ref } });
    expect(await store.getText(uri)).toBe(result);
  });

  it('fails with a clear message what reports something else', async () => {
    const one = attempt();
    await report(bench().channel, one, 'done');
    expect(outcomeIn(await look(one))).toMatchObject({
      state: 'failed',
      error: { kind: 'function_error', message: 'The outcome that the function wrote is not a JSON object.' },
    });
  });

  it('does not read an outcome of any size', async () => {
    const one = attempt();
    await report(bench().channel, one, ' '.repeat(8 * 1024 * 1024 + 1));
    commands.length = 0;
    expect(outcomeIn(await look(one))).toMatchObject({
      state: 'failed',
      error: { type: 'MalformedOutcome' },
    });
    expect(commands).toEqual(['ListObjectsV2']);
  });

  it('deletes an outcome that was settled, and keeps its result, so that the list does not grow', async () => {
    const one = attempt();
    const { put_url, result_put_url } = await replyTo(bench().channel, one);
    await put(result_put_url, '1');
    await put(put_url, '{"status":"succeeded"}');
    await bench().channel.settled?.(one);
    expect(await store.list(`${STAGING}/replies/${one.id}/`)).toEqual([]);
    expect(await store.getText(`${STAGING}/results/${one.id}/1`)).toBe('1');
    expect(await look(one)).toEqual([]);
    await bench().channel.settled?.(one);
  });

  it('lists nothing that is older than the oldest open attempt', async () => {
    const [old, young] = [attempt({ id: newId(Date.now() - 60_000) }), attempt()];
    await report(bench().channel, old, '{"status":"succeeded"}');
    const listed = await store.list(`${STAGING}/replies/`, `${STAGING}/replies/${young.id}`);
    expect(listed.map(({ uri }) => uri).filter((uri) => uri.includes(old.id))).toEqual([]);
    expect(await look(young)).toEqual([]);
    expect(await look(old, young)).toMatchObject([{ attempt: old, outcome: { state: 'succeeded' } }]);
  });

  it('warns with what to create when the place for outcomes is gone', async () => {
    const lost = createS3Channel({ store, stagingUri: 's3://no-such-bucket/x', policies });
    const one = attempt();
    expect(await lost.poll?.([one])).toMatchObject([
      {
        attempt: one,
        type: 'not_visible',
        warning: { code: 'replies_unreadable', message: expect.stringContaining('Create it') },
      },
    ]);
    expect(createS3Channel({ store, stagingUri: undefined, policies }).unavailableReason?.('any')).toContain(
      'BRIDGE_STAGING_URI',
    );
  });

  it('sees a killed function where Lambda has a bucket for failures, and nowhere else', () => {
    const { seesKilledFunction: sees } = bench().channel.traits;
    expect(['told', 'sleepy'].map((fn) => typeof sees === 'function' && sees(fn))).toEqual([true, false]);
  });

  it('reads the failures that Lambda put into the bucket, each object once', async () => {
    const startedAt = new Date('2026-03-01T10:20:30.500Z');
    const [one, two] = ['req-1', 'req-2'].map((requestId) =>
      attempt({ function: 'told', requestId, startedAt }),
    );
    if (!one || !two) throw new Error('both are there');
    const responsePayload =
      '{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"}';
    const folder = `${FAILURES}/told/2026/03`;
    await store.put(`${folder}/01/2026-03-01T09.00.00-old`, 'never read');
    await store.put(`${folder}/01/2026-03-01T10.21.00-a`, failureRecord('req-1', { responsePayload }));
    await store.put(`${folder}/02/2026-03-02T00.00.00-b`, failureRecord('of-somebody-else'));
    commands.length = 0;
    expect(await look(one, two)).toMatchObject([
      { attempt: one, outcome: { state: 'failed', error: { kind: 'timed_out' }, deliveries: 3 } },
    ]);
    expect(commands.filter((command) => command === 'GetObject')).toHaveLength(2);
    commands.length = 0;
    expect(await look(two)).toEqual([]);
    expect(commands).not.toContain('GetObject');
    expect(await look(one)).toHaveLength(1);
  });

  it('gives nothing up before it has read all failures that may tell of it', async () => {
    const startedAt = new Date('2026-05-01T10:20:30.500Z');
    const one = attempt({ function: 'told', requestId: 'req-3', startedAt, lastPoll: true });
    const folder = `${FAILURES}/told/2026/05/01/2026-05-01T10.2`;
    await inBatches(
      Array.from({ length: 500 }, (_, at) => `${folder}1.00-${at}`),
      (uri) => store.put(uri, failureRecord('of-somebody-else')),
    );
    await store.put(`${folder}2.00-own`, failureRecord('req-3'));
    expect(await look(one)).toEqual([{ attempt: one, type: 'not_yet' }]);
    expect(await look(one)).toMatchObject([{ attempt: one, outcome: { state: 'failed' } }]);
  });

  it('warns when the bucket for failures cannot be read, and still reads the outcomes', async () => {
    const one = attempt({ function: 'blind', requestId: 'r' });
    await report(bench().channel, one, '{"status":"succeeded"}');
    expect(await look(one)).toMatchObject([
      { outcome: { state: 'succeeded' } },
      { warning: { code: 'failure_bucket_unreadable' } },
    ]);
  });
});
