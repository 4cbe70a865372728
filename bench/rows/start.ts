/** From the start of the process to the first 200 of /readyz, with the embedded ledger. */
import type { Cleanup } from '../cleanup.ts';
import { median } from '../percentile.ts';
import { atMost, type Row } from '../row.ts';
import type { Setting } from '../setting.ts';
import type { RowGroup } from './group.ts';

const MOST_SECONDS = 0.7;

export const start: RowGroup = {
  names: ['start'],
  async measure(setting, cleanup) {
    const fresh: number[] = [];
    const again: number[] = [];
    for (let count = 0; count < setting.sizes.starts; count += 1) {
      const folder = await setting.newFolder();
      for (const times of [fresh, again])
        times.push(await cleanup.scope((own) => startSeconds(setting, own, folder)));
    }
    return [
      row('start.new', 'start to ready, embedded, in an empty folder', fresh),
      row('start.again', 'start to ready, embedded, on an existing ledger', again),
    ];
  },
};

async function startSeconds(setting: Setting, cleanup: Cleanup, folder: string): Promise<number> {
  const { startMs } = await setting.startBridge(cleanup, { name: 'bridge-start', ledger: { folder } });
  return startMs / 1_000;
}

function row(name: string, what: string, seconds: number[]): Row {
  return { name, what, figure: median(seconds), unit: 's', target: atMost(MOST_SECONDS, 'figure') };
}
