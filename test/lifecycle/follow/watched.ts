/** Watchers with channels that a test makes up, and the attempts that they follow. */
import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { createAwsClients } from '../../../src/aws/clients.ts';
import { ObjectStore } from '../../../src/aws/object-store.ts';
import type { Channel, Finding } from '../../../src/completion/channel.ts';
import { DEFAULT_LIMITS } from '../../../src/config/limits.ts';
import type { OpenAttempt } from '../../../src/domain/execution.ts';
import { GroupedWrites } from '../../../src/ledger/grouped-writes.ts';
import { Watcher } from '../../../src/lifecycle/follow/watcher.ts';
import { createSettle } from '../../../src/lifecycle/settle/settle.ts';
import { Waiters } from '../../../src/lifecycle/settle/waiters.ts';
import { Staging } from '../../../src/lifecycle/staging.ts';
import { type PostgresTestLedger, queue } from '../../helpers/ledger.ts';

export const TRAITS = {
  seesKilledFunction: true,
  settlesDoubt: false,
  withoutResult: false,
  needsEnvelope: false,
};

export function buildWatcher(db: PostgresTestLedger, channels: Channel[]): Watcher {
  process.env['AWS_REGION'] = 'eu-central-1';
  const log = pino({ level: 'silent' });
  const staging = new Staging(new ObjectStore(createAwsClients({ maxHeldInvocations: 1 }).s3), undefined);
  const settle = createSettle(
    new GroupedWrites(db),
    staging,
    new Waiters(async () => []),
    DEFAULT_LIMITS,
    log,
  );
  return new Watcher(db, channels, settle, DEFAULT_LIMITS, log);
}

export function pollingChannel(
  name: string,
  poll: (attempts: readonly OpenAttempt[], signal?: AbortSignal) => Promise<Finding[]>,
  more: Partial<Channel> = {},
): Channel {
  return { name, invocationTypes: ['Event'], defaultFor: [], traits: TRAITS, poll, ...more };
}

/** An execution that Lambda has accepted, followed by these channels. @returns its id */
export async function acceptedEvent(
  db: PostgresTestLedger,
  completion: string[],
  evidenceSeconds = 60,
  fn = 'fn',
): Promise<string> {
  const id = await queue(db, { invocationType: 'Event', completion, function: fn });
  await db.claimDue({ owner: randomUUID(), seconds: 30 }, 10);
  await db.recordAcceptedMany([
    { id: id, number: 1, requestId: 'r', executedVersion: null, durableExecutionArn: null, evidenceSeconds },
  ]);
  return id;
}

export const foundBy = (attempts: readonly OpenAttempt[], name: string): Finding[] =>
  attempts.map((attempt) => ({
    attempt,
    type: 'ended',
    outcome: { state: 'succeeded', result: `"${name}"` },
  }));
