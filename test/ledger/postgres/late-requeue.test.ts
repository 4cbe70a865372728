import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, it } from 'vitest';
import { freshDatabase } from '../../helpers/bridge.ts';
import { openTestLedger, submitOne } from '../../helpers/ledger.ts';
import { newExecution } from '../../helpers/new-execution.ts';
import { until } from '../../helpers/until.ts';

const NOT_SENT = { kind: 'invoke_rejected', message: 'Nothing was sent', retryable: true } as const;

it('a requeue that takes effect late leaves alone what its replica has opened since', async () => {
  const url = await freshDatabase();
  const ledger = openTestLedger(url, 4);
  await ledger.migrate();
  const lease = { owner: randomUUID(), seconds: 30 };
  const lost = (await submitOne(ledger, newExecution({}, { lease }))).execution.id;

  const other = new pg.Client(url);
  await other.connect();
  await other.query('begin; lock table executions in access exclusive mode');
  const requeued = ledger.requeueUnknown(lease.owner, [], NOT_SENT);
  await until('the statement waits', async () => {
    const { rows } = await other.query('select from pg_locks where not granted');
    return rows.length === 1;
  });
  // Its replica has heard nothing for so long that it has gone on, on another connection.
  const { id } = newExecution();
  for (const table of ['executions', 'attempts']) {
    const name = table === 'executions' ? 'id' : 'execution_id';
    await other.query(
      `insert into ${table} select (jsonb_populate_record(one, jsonb_build_object(
         '${name}', $1::text, 'started_at', clock_timestamp()))).* from ${table} one where ${name} = $2`,
      [id, lost],
    );
  }
  await other.query('commit');
  expect(await requeued).toEqual([lost]);
  expect(await ledger.get(id)).toMatchObject({ state: 'running', attempts: [{ phase: 'invoking' }] });
  await other.end();
  await ledger.close();
});
