/** Memory under many large payloads at once, and a while later. */
import { setTimeout as sleep } from 'node:timers/promises';
import { peakMb, residentMb } from '../process-usage.ts';
import { atMost, type Row } from '../row.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Setting } from '../setting.ts';
import type { RowGroup } from './group.ts';

const PAYLOADS = 32;
const PAYLOAD_BYTES = 5_000_000;

export const largePayloads: RowGroup = {
  names: ['large'],
  async measure(setting, cleanup) {
    const { restSeconds } = setting.sizes;
    const passthrough = await setting.startPassthrough(cleanup);
    const bridge = await setting.startBridge(cleanup, {
      name: 'bridge-large',
      ledger: { url: await setting.newDatabase() },
    });
    await send(setting, passthrough);
    const { refused, seconds } = await send(setting, bridge);
    const peaks = { bridge: peakMb(bridge.pid), passthrough: peakMb(passthrough.pid) };
    await sleep(restSeconds * 1_000);
    const what = `${PAYLOADS} payloads of 5 MB at once, PostgreSQL`;
    return [
      {
        name: 'large.peak',
        what: `memory at the peak of ${what}`,
        figure: peaks.bridge,
        unit: 'MB',
        baseline: { of: 'passthrough', figure: peaks.passthrough },
        target: atMost(400, 'figure'),
        note: `${refused} answers 429, all succeeded after ${seconds.toFixed(1)} s`,
      },
      {
        name: 'large.later',
        what: `the same, ${restSeconds} s later`,
        figure: residentMb(bridge.pid),
        unit: 'MB',
        baseline: { of: 'passthrough', figure: residentMb(passthrough.pid) },
        target: atMost(200, 'figure'),
      },
    ] satisfies Row[];
  },
};

/** The function takes a second, so that all of them are in flight together. */
function send(setting: Setting, { url }: ServerProcess) {
  return setting.load.run({
    url,
    path: '/v1/executions?wait=60',
    body: JSON.stringify({ function: 'slow-1000', payload: 'x'.repeat(PAYLOAD_BYTES) }),
    expect: '"ok":true',
    concurrency: PAYLOADS,
    until: { requests: PAYLOADS },
  });
}
