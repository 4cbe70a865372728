/** How soon a waiter of one replica learns of an end that another replica has settled. */
import { setTimeout as sleep } from 'node:timers/promises';
import { read, submit } from '../../test/helpers/bridge.ts';
import type { Cleanup } from '../cleanup.ts';
import { percentile } from '../percentile.ts';
import { atMost, type Row } from '../row.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Setting } from '../setting.ts';
import type { RowGroup } from './group.ts';

const WAIT_SECONDS = 30;
/** Side by side, each with a pause of its own, so that the ends have every distance from the poll of a waiter. */
const AT_ONCE = 4;
const LONGEST_PAUSE_MS = 250;

export const wake: RowGroup = {
  names: ['wake'],
  async measure(setting, cleanup) {
    const url = await setting.newDatabase();
    const rows: Row[] = [];
    for (const kind of [
      { name: 'wake', env: {}, most: 300, note: 'DATABASE_URL alone' },
      { name: 'wake.direct', env: { DATABASE_URL_DIRECT: url }, most: 100, note: 'with DATABASE_URL_DIRECT' },
    ]) {
      const delays = await cleanup.scope((own) => measureWakes(setting, own, url, kind.env));
      rows.push({
        name: kind.name,
        what: 'an end settled by one replica wakes a waiter of another, p50',
        figure: percentile(delays, 0.5),
        unit: 'ms',
        target: atMost(kind.most, 'figure'),
        note: `${kind.note}; ${delays.length} ends, p95 ${percentile(delays, 0.95).toFixed(0)} ms`,
      });
    }
    return rows;
  },
};

async function measureWakes(
  setting: Setting,
  cleanup: Cleanup,
  url: string,
  env: Record<string, string>,
): Promise<number[]> {
  const start = (name: string) => setting.startBridge(cleanup, { name, ledger: { url }, env });
  const settling = await start('bridge-settling');
  const waiting = await start('bridge-waiting');
  const delays: number[] = [];
  let left = setting.sizes.wakes;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await sleep(Math.random() * LONGEST_PAUSE_MS);
      delays.push(await delayMs(settling, waiting));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return delays;
}

/** The one that accepts a submit also settles it: it does not wait for its next look at the queue. */
async function delayMs(settling: ServerProcess, waiting: ServerProcess): Promise<number> {
  const { id } = await submit(settling.url, { function: 'slow-300' });
  const [settled, woken] = await Promise.all([answeredAt(settling, id), answeredAt(waiting, id)]);
  return woken - settled;
}

async function answeredAt({ url }: ServerProcess, id: string): Promise<number> {
  const { state } = await read(url, id, WAIT_SECONDS);
  if (state !== 'succeeded') throw new Error(`an execution is ${state}, not succeeded`);
  return performance.now();
}
