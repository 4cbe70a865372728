/** Measures contenders in turns, so that what changes on the machine meanwhile meets all of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadJob } from './load/job.ts';
import { median } from './percentile.ts';
import { cpuSeconds, familyCpuSeconds, machineCpuSeconds } from './process-usage.ts';
import type { Setting } from './setting.ts';
import { readCounts } from './stand-in/counts.ts';

export interface Turn {
  name: string;
  /** by itself, in every turn: it has no turn in the round that warms up */
  warmsUp?: true;
  measure: (seconds: number) => Promise<TurnFigures>;
}

export interface TurnFigures {
  perSecond: number;
  p50Ms: number;
  /** of the measured process, for one request */
  cpuMs: number;
  /** until Lambda has every request, which is later where a submit is answered before */
  invokesPerSecond: number;
  /** how many cores each process was busy on */
  cores: Record<string, number>;
}

const LONGEST_BACKLOG_MS = 60_000;
const LOOK_MS = 20;

/** The first round warms up and is not counted. @returns the medians of the others */
export async function measureRounds(
  turns: readonly Turn[],
  rounds: number,
  seconds: number,
): Promise<Map<string, TurnFigures>> {
  const measured = new Map<string, TurnFigures[]>(turns.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1)
    for (const { name, warmsUp, measure } of turns) {
      if (round === 0 && warmsUp) continue;
      const figures = await measure(seconds);
      if (round > 0) measured.get(name)?.push(figures);
    }
  return new Map([...measured].map(([name, all]) => [name, medians(all)]));
}

/** A turn of the load generator. @param server the measured process */
export function loadTurn(
  setting: Setting,
  name: string,
  server: { pid: number },
  job: Omit<LoadJob, 'until'>,
): Turn {
  return {
    name,
    async measure(seconds) {
      const postgres = await setting.postgres();
      const cpu = (): Record<string, number> => ({
        [name]: cpuSeconds(server.pid),
        'stand-in': cpuSeconds(setting.standIn.pid),
        ...(postgres.pid !== undefined && { 'PostgreSQL server': familyCpuSeconds(postgres.pid) }),
      });
      const allBefore = machineCpuSeconds();
      const { invokes } = await readCounts(setting.standIn.url);
      const before = cpu();
      const begin = performance.now();
      const load = await setting.load.run({ ...job, until: { seconds } });
      await untilInvoked(setting, invokes + load.requests);
      const elapsed = (performance.now() - begin) / 1_000;
      const used = Object.entries({ ...cpu(), 'load generator': load.cpuSeconds }).map(
        ([part, at]): [string, number] => [part, at - (before[part] ?? 0)],
      );
      const known = used.reduce((sum, [, one]) => sum + one, 0);
      // Below 0 when the clocks of the processes round up.
      used.push(['others', Math.max(0, machineCpuSeconds() - allBefore - known)]);
      return {
        perSecond: load.requests / load.seconds,
        p50Ms: load.p50Ms,
        cpuMs: ((new Map(used).get(name) ?? 0) / load.requests) * 1_000,
        invokesPerSecond: load.requests / elapsed,
        cores: Object.fromEntries(used.map(([part, one]) => [part, one / elapsed])),
      };
    },
  };
}

/** The next turn must not measure the backlog of this one. */
async function untilInvoked(setting: Setting, invokes: number): Promise<void> {
  const begin = performance.now();
  while ((await readCounts(setting.standIn.url)).invokes < invokes) {
    if (performance.now() - begin > LONGEST_BACKLOG_MS)
      throw new Error('Lambda has not received every request within a minute');
    await sleep(LOOK_MS);
  }
}

function medians(all: readonly TurnFigures[]): TurnFigures {
  const of = (read: (one: TurnFigures) => number) => median(all.map(read));
  const parts = Object.keys(all[0]?.cores ?? {});
  return {
    perSecond: of((one) => one.perSecond),
    p50Ms: of((one) => one.p50Ms),
    cpuMs: of((one) => one.cpuMs),
    invokesPerSecond: of((one) => one.invokesPerSecond),
    cores: Object.fromEntries(parts.map((part) => [part, of(({ cores }) => cores[part] ?? 0)])),
  };
}
