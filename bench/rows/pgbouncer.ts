/** Whether the bridge works behind PgBouncer in transaction mode. */
import { REQUEST_RESPONSE } from '../contenders.ts';
import { pgBouncerVersion, startPgBouncer } from '../pgbouncer.ts';
import { atLeast, type Row } from '../row.ts';
import type { RowGroup } from './group.ts';

const REQUESTS = 300;
const IN_FLIGHT = 8;

const ROW = { name: 'pgbouncer', what: 'executions that succeed behind PgBouncer in transaction mode' };

export const pgBouncer: RowGroup = {
  names: ['pgbouncer'],
  async measure(setting, cleanup) {
    const version = pgBouncerVersion();
    if (version === undefined) return [{ ...ROW, notMeasured: 'no pgbouncer on PATH' }];
    const { url, log } = await startPgBouncer(setting, cleanup, await setting.newDatabase());
    const row = (share: number, note: string): Row[] => [
      {
        ...ROW,
        figure: share,
        unit: '%',
        target: atLeast(100, 'figure'),
        note: `${version}: ${note}`,
      },
    ];
    try {
      const bridge = await setting.startBridge(cleanup, {
        name: 'bridge-pgbouncer',
        ledger: { url },
        readyPath: '/healthz',
      });
      const ready = await fetch(`${bridge.url}/readyz`);
      if (!ready.ok) throw new Error(`/readyz answers ${ready.status}: ${await ready.text()}`);
      const { requests, seconds } = await setting.load.run({
        ...REQUEST_RESPONSE,
        url: bridge.url,
        concurrency: IN_FLIGHT,
        until: { requests: REQUESTS },
      });
      return row(100, `${requests} RequestResponse, ${(requests / seconds).toFixed(0)}/s`);
    } catch (error) {
      const [refusal = ''] = /unsupported startup parameter.*/.exec(await log()) ?? [];
      return row(0, [(error as Error).message, refusal].filter(Boolean).join('; '));
    }
  },
};
