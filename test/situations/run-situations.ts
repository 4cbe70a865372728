/** Runs situations against a whole bridge: the real HTTP API, PostgreSQL, and the SDK on real sockets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bridge } from '../../src/bridge.ts';
import type { FunctionPolicy } from '../../src/domain/policy.ts';
import { freshDatabase, read, startInProcess, submit } from '../helpers/bridge.ts';
import { openTestLedger, type PostgresTestLedger } from '../helpers/ledger.ts';
import { until } from '../helpers/until.ts';
import { type SituationServer, startSituationServer } from './aws-server.ts';
import { check, type ReportedExecution } from './check.ts';
import type { Situation } from './situation.ts';
import type { Stage } from './stage.ts';

/** Many searches: CloudWatch's rate is not what these tests are about. And doubts stay open until a test ends them. */
const LIMITS = { logCallsPerSecond: 1_000, evidenceSeconds: 120, leaseSeconds: 10 };
const SECONDS = 15;
/** A poll reads 10 pages, and 250 of them are empty, before the REPORT and before the run. */
const PAGES_SECONDS = 45;
/** Searches of the log group that see nothing new, before a test believes that the bridge waits. */
const SEARCHES = 4;

/** One test for each situation, side by side, all with one bridge. */
export function situations(kind: string, list: readonly Situation[]): void {
  describe(kind, () => {
    let server: SituationServer;
    let bridge: Bridge;
    let db: PostgresTestLedger;

    beforeAll(async () => {
      server = await startSituationServer();
      const databaseUrl = await freshDatabase();
      bridge = await startInProcess(server.url, databaseUrl, LIMITS, { policies: policiesOf(list) });
      db = openTestLedger(databaseUrl, 4);
    });
    afterAll(async () => {
      await bridge.stop();
      await db.close();
      await server.close();
    });

    it.concurrent.each(list.map((situation) => [sentenceOf(situation), situation] as const))(
      '%s',
      async (_, situation) => {
        const stage = server.add(situation);
        const submitted = submit(bridge.url, {
          function: situation.name,
          invocation_type: situation.type ?? 'Event',
          ...situation.submit,
        });
        if (situation.want.state === 'refused') {
          await expect(submitted).rejects.toThrow(situation.want.message);
          return;
        }
        const { id } = await submitted;
        if (situation.want.state === 'in_doubt') await remainsInDoubt(bridge.url, id, stage, db);
        if (situation.want.endsWithWindow === true) {
          await remainsOpen(bridge.url, id, stage, db);
          await endWindow(db, id);
        }
        const wanted = situation.want.state === 'in_doubt' ? 'in_doubt' : 'ended';
        const seconds = situation.paging ? PAGES_SECONDS : SECONDS;
        const isOver = () => when(wanted, bridge.url, id, db);
        const execution = await until(`${situation.name} is ${wanted}`, isOver, seconds);
        await check(bridge.url, stage, execution);
      },
      2 * PAGES_SECONDS * 1_000,
    );
  });
}

function sentenceOf({ name, want }: Situation): string {
  const { state, type, kind, proof, endsWithWindow = false } = want;
  if (state === 'refused') return `${name} is refused`;
  if (state === 'in_doubt') return `${name} stays in doubt`;
  const error = type ?? kind;
  const how = state === 'failed' && error !== undefined ? ` with ${error}` : '';
  const unproven = proof === 'assumed' ? ', which nothing proves' : '';
  return `${name} has ${state}${how}${unproven}${endsWithWindow ? ', when no more evidence can come' : ''}`;
}

function policiesOf(list: readonly Situation[]): FunctionPolicy[] {
  const own = list.flatMap(({ name, policy }) => (policy ? [{ name, allow: true, ...policy }] : []));
  return own.length > 0 ? [...own, { name: '*', allow: true }] : [];
}

/** The execution when it has ended, or also when its attempt is in doubt. Until then it is polled without pauses. */
async function when(
  wanted: 'ended' | 'in_doubt',
  url: string,
  id: string,
  db: PostgresTestLedger,
): Promise<ReportedExecution | undefined> {
  const execution = (await read(url, id)) as ReportedExecution;
  const over = execution.state === 'succeeded' || execution.state === 'failed';
  const doubted = wanted === 'in_doubt' && execution.attempts.at(-1)?.phase === 'in_doubt';
  if (over || doubted) return execution;
  await db.query('update attempts set poll_at = now() where execution_id = $1::uuid and poll_at > now()', [
    id,
  ]);
  return undefined;
}

async function remainsInDoubt(url: string, id: string, stage: Stage, db: PostgresTestLedger): Promise<void> {
  await until(`${id} is in doubt`, () => when('in_doubt', url, id, db));
  await remainsOpen(url, id, stage, db);
}

/** The bridge has seen all that there is to see, several times, and has not ended the execution. */
async function remainsOpen(
  url: string,
  id: string,
  { store, pending }: Stage,
  db: PostgresTestLedger,
): Promise<void> {
  const isOpen = async () => {
    const { state, attempts, error } = (await read(url, id)) as ReportedExecution;
    if (state === 'succeeded' || state === 'failed')
      throw new Error(`It ended too early, as ${state} ${JSON.stringify(error ?? attempts)}`);
    await pollNow(db, id);
  };
  await until('all runs have begun', async () => {
    await isOpen();
    return pending.length === 0;
  });
  const from = store.searches;
  await until('the log group was searched again', async () => {
    await isOpen();
    return store.searches >= from + SEARCHES;
  });
}

async function pollNow(db: PostgresTestLedger, id: string): Promise<void> {
  await db.query('update attempts set poll_at = now() where execution_id = $1::uuid and poll_at > now()', [
    id,
  ]);
}

/** As if the time had passed in which evidence of the end may come. */
async function endWindow(db: PostgresTestLedger, id: string): Promise<void> {
  await db.query(
    'update attempts set evidence_until = now(), poll_at = now() where execution_id = $1::uuid',
    [id],
  );
}
