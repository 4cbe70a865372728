/** Whether submits become slower with the executions that have ended. */
import { fileURLToPath } from 'node:url';
import { outputOf } from '../child.ts';
import type { Cleanup } from '../cleanup.ts';
import { type ContenderName, EVENT, IN_FLIGHT, LABELS } from '../contenders.ts';
import { loadTurn, measureRounds, type Turn } from '../rounds.ts';
import { atLeast, type Row } from '../row.ts';
import { BRIDGE, type BridgeOptions, ledgerEnvironment, type Setting } from '../setting.ts';
import type { RowGroup } from './group.ts';

const FILL = fileURLToPath(new URL('../fill/main.ts', import.meta.url));

type Ledger = BridgeOptions['ledger'];

interface Pair {
  name: ContenderName;
  empty: Ledger;
  filled: Ledger;
}

export const ledgerSize: RowGroup = {
  names: ['ledger-size'],
  async measure(setting, cleanup) {
    const { endedRows } = setting.sizes;
    const pairs: Pair[] = [
      {
        name: 'postgres',
        empty: { url: await setting.newDatabase() },
        filled: { url: await setting.newDatabase() },
      },
      {
        name: 'embedded',
        empty: { folder: await setting.newFolder() },
        filled: { folder: await setting.newFolder() },
      },
    ];
    await Promise.all(pairs.map(({ filled }) => fill(filled, endedRows)));
    const rows: Row[] = [];
    for (const pair of pairs) rows.push(await cleanup.scope((own) => compare(setting, own, pair)));
    return rows;
  },
};

async function fill(ledger: Ledger, rows: number): Promise<void> {
  await outputOf(process.execPath, [BRIDGE, 'migrate'], ledgerEnvironment(ledger));
  const place = 'url' in ledger ? ['postgres', ledger.url] : ['embedded', ledger.folder];
  await outputOf(process.execPath, [FILL, ...place, String(rows)]);
}

async function compare(setting: Setting, cleanup: Cleanup, { name, empty, filled }: Pair): Promise<Row> {
  const { endedRows, rounds, loadSeconds } = setting.sizes;
  const turn = async (of: string, ledger: Ledger): Promise<Turn> => {
    const bridge = await setting.startBridge(cleanup, { name: `bridge-${of}`, ledger });
    return loadTurn(setting, of, bridge, { ...EVENT, url: bridge.url, concurrency: IN_FLIGHT });
  };
  const turns = [await turn('empty', empty), await turn('filled', filled)];
  const figures = await measureRounds(turns, rounds, loadSeconds);
  const rate = (of: string) => figures.get(of)?.invokesPerSecond ?? Number.NaN;
  return {
    name: `ledger-size.${name}`,
    what: `Event submits with ${endedRows.toLocaleString('en')} ended executions, ${LABELS[name]}`,
    figure: rate('filled'),
    unit: '/s',
    baseline: { of: 'empty', figure: rate('empty') },
    target: atLeast(0.95),
    note: 'completion: ["none"]; until Lambda has them',
  };
}
