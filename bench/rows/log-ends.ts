/** How soon channel `logs` sees an end, beside long executions of other functions, at a low rate of CloudWatch calls. */
import { setTimeout as sleep } from 'node:timers/promises';
import { submit } from '../../test/helpers/bridge.ts';
import type { Cleanup } from '../cleanup.ts';
import { percentile } from '../percentile.ts';
import { atMost, type Row } from '../row.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Setting } from '../setting.ts';
import { readCounts } from '../stand-in/counts.ts';
import type { RowGroup } from './group.ts';

/** The lowest quota that AWS has. */
const CALLS_PER_SECOND = 5;
const RUN_MS = 500;
const STAGES = [
  { others: 0, target: 1 },
  { others: 20, target: 2 },
  { others: 100, target: 4 },
];

export const logEnds: RowGroup = {
  names: ['logs'],
  async measure(setting, cleanup) {
    const standIn = await setting.startStandIn(cleanup);
    const bridge = await startBridge(setting, cleanup, standIn);
    const rows: Row[] = [];
    let open = 0;
    for (const { others, target } of STAGES) {
      await openLong(bridge, open, others);
      open = others;
      rows.push(await measureStage(setting, bridge, standIn, others, target));
    }
    return rows;
  },
};

async function startBridge(setting: Setting, cleanup: Cleanup, standIn: ServerProcess) {
  return setting.startBridge(cleanup, {
    name: 'bridge-logs',
    ledger: { url: await setting.newDatabase() },
    standIn,
    limits: { log_calls_per_second: CALLS_PER_SECOND },
  });
}

async function measureStage(
  setting: Setting,
  bridge: ServerProcess,
  standIn: ServerProcess,
  others: number,
  target: number,
): Promise<Row> {
  const { logEnds: most, logSeconds, logWaitSeconds } = setting.sizes;
  const seconds: number[] = [];
  const before = await readCounts(standIn.url);
  const begin = performance.now();
  const elapsed = () => (performance.now() - begin) / 1_000;
  while (seconds.length < most && (seconds.length === 0 || elapsed() < logSeconds)) {
    // The polls of the bridge have a rhythm, which the submits must not share.
    await sleep(Math.random() * 1_000);
    seconds.push(await seenAfterSeconds(bridge, logWaitSeconds));
  }
  const calls = ((await readCounts(standIn.url)).logCalls - before.logCalls) / elapsed();
  return {
    name: `logs.${others}`,
    what: `end of an Event seen by logs, beside ${others} long ones, p50`,
    figure: percentile(seconds, 0.5),
    unit: 's',
    target: atMost(target, 'figure'),
    note:
      `a failure of Python, proven by the record of its runtime, in a log that shows lines at once; ` +
      `${seconds.length} ends, each waited for up to ${logWaitSeconds} s, the longest ${Math.max(...seconds).toFixed(1)} s; ${calls.toFixed(1)} CloudWatch calls/s`,
  };
}

/** From the end of the run to the answer of a submit that waits, also where the wait was not long enough. */
async function seenAfterSeconds(bridge: ServerProcess, waitSeconds: number): Promise<number> {
  const begin = performance.now();
  const { state } = await submit(bridge.url, event(`fails-${RUN_MS}`), waitSeconds);
  if (state !== 'failed' && state !== 'running')
    throw new Error(`the execution is ${state}, neither failed nor running`);
  return (performance.now() - begin - RUN_MS) / 1_000;
}

/** Each in a log group of its own. Their functions run on. */
async function openLong(bridge: ServerProcess, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, at) => from + at);
  await Promise.all(numbers.map((number) => submit(bridge.url, event(`long-${number}`))));
}

function event(name: string): object {
  return { function: name, invocation_type: 'Event', completion: ['logs'] };
}
