import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAwsClients } from '../../../src/aws/clients.ts';
import { ObjectStore } from '../../../src/aws/object-store.ts';
import type { Channel, Inbox, ProcessRecord } from '../../../src/completion/channel.ts';
import { DEFAULT_LIMITS } from '../../../src/config/limits.ts';
import type { InvocationType } from '../../../src/domain/execution.ts';
import { traceRoot } from '../../../src/domain/id.ts';
import type { InvocationRecord } from '../../../src/domain/invocation-record.ts';
import { GroupedWrites } from '../../../src/ledger/grouped-writes.ts';
import { Receiver } from '../../../src/lifecycle/follow/receiver.ts';
import { createSettle } from '../../../src/lifecycle/settle/settle.ts';
import { Waiters } from '../../../src/lifecycle/settle/waiters.ts';
import { Staging } from '../../../src/lifecycle/staging.ts';
import { postgresTestLedger, queue, settleOne, type TestLedger } from '../../helpers/ledger.ts';
import { until } from '../../helpers/until.ts';

const log = pino({ level: 'silent' });
let db: TestLedger;

beforeAll(async () => {
  process.env['AWS_REGION'] = 'eu-central-1';
  db = await postgresTestLedger();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.clear();
});

/** A receiver of one inbox, and the door that the inbox was given. */
async function receiving(onlyFunction?: string): Promise<{ take: ProcessRecord; stop: () => Promise<void> }> {
  const opened = Promise.withResolvers<ProcessRecord>();
  const inbox: Inbox = {
    name: 'probe',
    onlyFunction,
    receive: (take, signal) => {
      opened.resolve(take);
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  };
  const channel: Channel = {
    name: 'probe',
    invocationTypes: ['Event'],
    defaultFor: [],
    traits: { seesKilledFunction: true, settlesDoubt: false, withoutResult: false, needsEnvelope: false },
    inboxes: [inbox],
  };
  const staging = new Staging(new ObjectStore(createAwsClients({ maxHeldInvocations: 1 }).s3), undefined);
  const settle = createSettle(
    new GroupedWrites(db),
    staging,
    new Waiters(async () => []),
    DEFAULT_LIMITS,
    log,
  );
  const receiver = new Receiver(db, [channel], settle, log);
  receiver.start();
  return { take: await opened.promise, stop: () => receiver.stop() };
}

async function invoking(completion = ['probe']): Promise<string> {
  const id = await queue(db, { invocationType: 'Event', completion });
  await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
  return id;
}

const accept = (id: string, requestId: string) =>
  db.recordAcceptedMany([
    { id: id, number: 1, requestId, executedVersion: null, durableExecutionArn: null, evidenceSeconds: 60 },
  ]);

function succeeded(requestId: string, result: string): InvocationRecord {
  return { requestId, outcome: { state: 'succeeded', result, requestId } };
}

describe('the receiver', () => {
  it('settles what a record tells, once, however often the record comes', async () => {
    const { take, stop } = await receiving();
    const id = await invoking();
    await accept(id, 'r1');
    const answers = await Promise.all([take(succeeded('r1', '1')), take(succeeded('r1', '1'))]);
    expect(answers).toEqual(['settled', 'settled']);
    expect(await take(succeeded('r1', '2'))).toBe('settled');
    expect(await db.get(id)).toMatchObject({ state: 'succeeded', settledBy: 'probe', result: '1' });
    await stop();
  });

  it('knows an invocation as soon as the answer of Invoke is in the ledger', async () => {
    const { take, stop } = await receiving();
    const id = await invoking();
    expect(await take(succeeded('r2', '1'))).toBe('unknown');
    await accept(id, 'r2');
    expect(await take(succeeded('r2', '1'))).toBe('settled');
    expect((await db.get(id))?.state).toBe('succeeded');
    await stop();
  });

  it('leaves to the channels that the user named what another one should not settle', async () => {
    const { take, stop } = await receiving();
    const id = await invoking(['other']);
    await accept(id, 'r4');
    expect(await take(succeeded('r4', '1'))).toBe('settled');
    expect((await db.get(id))?.state).toBe('running');
    await stop();
  });

  it.each([['probe'], ['other']])(
    'keeps what comes after an attempt of %s was given up, and delivers nothing',
    async (name) => {
      const { take, stop } = await receiving();
      const id = await invoking([name]);
      await accept(id, 'r3');
      const error = { kind: 'lost', message: 'No evidence', retryable: true } as const;
      await settleOne(db, {
        id,
        number: 1,
        channel: 'watcher',
        presumedLost: true,
        outcome: { state: 'failed', error },
      });
      expect([await take(succeeded('r3', '1')), await take(succeeded('r3', '2'))]).toEqual([
        'settled',
        'settled',
      ]);
      expect(await db.get(id)).toMatchObject({
        state: 'failed',
        error: { kind: 'lost' },
        result: null,
        attempts: [{ outcome: 'succeeded', channel: 'probe', late: true }],
      });
      await stop();
    },
  );

  it('ends the waiting of its inboxes at once when it stops', async () => {
    const { stop } = await receiving();
    const stopped = stop().then(() => true);
    expect(await until('it has stopped', () => stopped, 5)).toBe(true);
  });
});

describe('a record with the trace root of an attempt whose answer was lost', () => {
  const OWN = 'arn:aws:lambda:eu-central-1:123456789012:function:fn:$LATEST';

  async function doubted(invocationType: InvocationType = 'Event', requestId: string | null = null) {
    const id = await queue(db, { invocationType, completion: ['probe'] });
    await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
    await db.recordDoubtMany([
      {
        id: id,
        number: 1,
        code: 'response_lost',
        reason: 'The connection broke.',
        requestId,
        windowSeconds: 60,
        expiredOnly: false,
      },
    ]);
    return id;
  }

  const record = (id: string, extra: Partial<InvocationRecord> = {}): InvocationRecord => ({
    ...succeeded('lost', '1'),
    functionArn: OWN,
    traceRoot: traceRoot(id, 1),
    ...extra,
  });

  const deadLetter = (id: string): InvocationRecord => ({
    requestId: 'lost',
    traceRoot: traceRoot(id, 1),
    outcome: { state: 'failed', error: { kind: 'function_error', message: 'm', retryable: true } },
  });

  async function processed(id: string, given: InvocationRecord, onlyFunction?: string) {
    const { take, stop } = await receiving(onlyFunction);
    const answer = await take(given);
    await stop();
    return { answer, execution: await db.get(id) };
  }

  it('settles it, and names its request', async () => {
    const id = await doubted();
    const { answer, execution } = await processed(id, record(id));
    expect(answer).toBe('settled');
    expect(execution).toMatchObject({
      state: 'succeeded',
      settledBy: 'probe',
      result: '1',
      requestId: 'lost',
    });
  });

  it.each<[string, InvocationType, (id: string) => InvocationRecord]>([
    [
      'is of a function that it invoked',
      'Event',
      (id) => record(id, { functionArn: `${OWN.slice(0, -8)}-child` }),
    ],
    ['is of another attempt', 'Event', (id) => record(id, { traceRoot: traceRoot(id, 2) })],
    ['has no root', 'Event', (id) => ({ ...succeeded('lost', '1'), functionArn: OWN, id })],
    ['is of an invocation that answers itself', 'RequestResponse', (id) => record(id)],
    ['is a dead letter in a queue of several functions', 'Event', deadLetter],
  ])('settles nothing when it %s', async (_why, invocationType, given) => {
    const id = await doubted(invocationType);
    const { answer, execution } = await processed(id, given(id));
    expect([answer, execution?.state]).toEqual(['unknown', 'in_doubt']);
  });

  it.each([
    ['fn', 'settled', 'failed'],
    ['other', 'unknown', 'in_doubt'],
  ])('is a dead letter in the queue of %s: %s', async (onlyFunction, expected, state) => {
    const id = await doubted();
    const { answer, execution } = await processed(id, deadLetter(id), onlyFunction);
    expect([answer, execution?.state]).toEqual([expected, state]);
  });

  it('settles nothing while Lambda had named another request', async () => {
    const id = await doubted('Event', 'named');
    const { answer, execution } = await processed(id, record(id));
    expect([answer, execution?.state]).toEqual(['unknown', 'in_doubt']);
  });

  it('settles nothing while the answer may still come', async () => {
    const id = await invoking();
    const { answer, execution } = await processed(id, record(id));
    expect([answer, execution?.state]).toEqual(['unknown', 'running']);
  });

  it('is kept as late when the attempt was given up', async () => {
    const id = await doubted();
    const error = { kind: 'lost', message: 'No evidence', retryable: true } as const;
    await settleOne(db, {
      id,
      number: 1,
      channel: 'watcher',
      presumedLost: true,
      outcome: { state: 'failed', error },
    });
    const { answer, execution } = await processed(id, record(id));
    expect(answer).toBe('settled');
    expect(execution).toMatchObject({ state: 'failed', attempts: [{ outcome: 'succeeded', late: true }] });
  });
});
