import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { response } from '../../../src/completion/response.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { retryWrite } from '../../../src/lifecycle/invoke/retry-write.ts';
import { AttemptRunner } from '../../../src/lifecycle/invoke/run-attempt.ts';
import { postgresTestLedger, queue } from '../../helpers/ledger.ts';

describe('what Lambda answered', () => {
  it('is written however often the ledger fails first', async () => {
    let tries = 0;
    const write = async () => {
      tries += 1;
      if (tries < 3) throw new Error('connection terminated');
    };
    await retryWrite(write, pino({ level: 'silent' }));
    expect(tries).toBe(3);
  });
});

describe('an attempt that took long to be made ready', () => {
  it('is started although the ledger fails when it is asked whether anybody still wants it', async () => {
    const db = await postgresTestLedger();
    const id = await queue(db);
    const [attempt] = await db.claimDue({ owner: randomUUID(), seconds: 30 }, 1);
    if (!attempt) throw new Error('nothing claimed');
    let failures = 1;
    const isWanted: Ledger['isWanted'] = (asked) =>
      failures-- > 0 ? Promise.reject(new Error('connection terminated')) : db.isWanted(asked);
    const settled: string[] = [];
    const needs = {
      ledger: { ...db, isWanted },
      functions: { describe: () => pause(1_100, { timeoutSeconds: 1, warnings: [] }) },
      invoker: { invoke: async () => ({ type: 'answered', statusCode: 200, payload: '{}' }) },
      channels: [response],
      settle: async (_attempt: object, channel: string) => settled.push(channel),
      log: pino({ level: 'silent' }),
    };
    await new AttemptRunner(needs as unknown as ConstructorParameters<typeof AttemptRunner>[0]).run(attempt);
    expect({ id: attempt.id, settled }).toEqual({ id, settled: ['response'] });
    await db.close();
  });
});
