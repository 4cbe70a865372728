/** Whether submits become slower with the executions that have ended. */
import { fileURLToPath } from 'node:url';
import { outputOf } from '../child.ts';
import type { Cleanup } from '../cleanup.ts';
import { EVENT, IN_FLIGHT, LABELS } from '../contenders.ts';
import { loadTurn, measureRounds } from '../rounds.ts';
import { atLeast, type Row } from '../row.ts';
import { BRIDGE, type BridgeOptions, ledgerEnvironment, type Setting } from '../setting.ts';
import type { RowGroup } from './group.ts';

const FILL = fileURLToPath(new URL('../fill/main.ts', import.meta.url));

type Ledger = BridgeOptions['ledger'];

export const ledgerSize: RowGroup = {
  names: ['ledger-size'],
  async measure(setting, cleanup) {
    const newLedgers = {
      postgres: async () => ({ url: await setting.newDatabase() }),
      embedded: async () => ({ folder: await setting.newFolder() }),
    };
    const rows: Row[] = [];
    for (const name of ['postgres', 'embedded'] as const)
      rows.push(await cleanup.scope((own) => compare(setting, own, name, newLedgers[name])));
    return rows;
  },
};

async function compare(
  setting: Setting,
  cleanup: Cleanup,
  name: 'postgres' | 'embedded',
  newLedger: () => Promise<Ledger>,
): Promise<Row> {
  const { endedRows, rounds, loadSeconds } = setting.sizes;
  const filled = await newLedger();
  const begin = performance.now();
  await fill(filled, endedRows);
  const fillSeconds = (performance.now() - begin) / 1_000;
  const turns = [];
  for (const [of, ledger] of [
    ['empty', await newLedger()],
    ['filled', filled],
  ] as const) {
    const bridge = await setting.startBridge(cleanup, { name: `bridge-${of}`, ledger });
    turns.push(loadTurn(setting, of, bridge, { ...EVENT, url: bridge.url, concurrency: IN_FLIGHT }));
  }
  const figures = await measureRounds(turns, rounds, loadSeconds);
  const rate = (of: string) => figures.get(of)?.invokesPerSecond ?? Number.NaN;
  return {
    name: `ledger-size.${name}`,
    what: `Event submits with ${endedRows.toLocaleString('en')} ended executions, ${LABELS[name]}`,
    figure: rate('filled'),
    unit: '/s',
    baseline: { of: 'empty', figure: rate('empty') },
    target: atLeast(0.95),
    note: `until Lambda has them; filled in ${fillSeconds.toFixed(0)} s`,
  };
}

async function fill(ledger: Ledger, rows: number): Promise<void> {
  await outputOf(process.execPath, [BRIDGE, 'migrate'], ledgerEnvironment(ledger));
  const place = 'url' in ledger ? ['postgres', ledger.url] : ['embedded', ledger.folder];
  await outputOf(process.execPath, [FILL, ...place, String(rows)]);
}
