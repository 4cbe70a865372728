/** The rows that compare single executions with a direct call: rate, latency, CPU and memory. */
import { boto3Turn, hasBoto3 } from '../boto3.ts';
import {
  type Contender,
  type ContenderName,
  EVENT,
  IN_FLIGHT,
  LABELS,
  REQUEST_RESPONSE,
  startContenders,
} from '../contenders.ts';
import { peakMb } from '../process-usage.ts';
import { loadTurn, measureRounds, type TurnFigures } from '../rounds.ts';
import { atLeast, atMost, type MeasuredRow, type Row, type Target } from '../row.ts';
import type { Setting } from '../setting.ts';
import type { RowGroup } from './group.ts';

type Figures = Map<string, TurnFigures>;
type Bridge = Exclude<ContenderName, 'passthrough'>;
const BRIDGES: readonly Bridge[] = ['postgres', 'embedded'];

export const singleExecutions: RowGroup = {
  names: ['rr', 'latency', 'event', 'cpu', 'memory'],
  async measure(setting, cleanup, isWanted) {
    const contenders = await startContenders(setting, cleanup);
    const { latencySeconds } = setting.sizes;
    const rows: Row[] = [];
    if (['rr', 'cpu', 'memory'].some(isWanted)) {
      const figures = await measureRr(setting, contenders, isWanted('rr'));
      if (isWanted('rr')) rows.push(...rrRows(figures));
      if (isWanted('cpu')) rows.push(...cpuRows(figures));
      if (isWanted('memory')) rows.push(...memoryRows(contenders));
    }
    if (isWanted('latency'))
      rows.push(...latencyRows(await measureAll(setting, contenders, REQUEST_RESPONSE, 1, latencySeconds)));
    if (isWanted('event')) rows.push(...eventRows(await measureAll(setting, contenders, EVENT, IN_FLIGHT)));
    return rows;
  },
};

function measureAll(
  setting: Setting,
  contenders: readonly Contender[],
  work: typeof EVENT,
  concurrency: number,
  seconds = setting.sizes.loadSeconds,
): Promise<Figures> {
  return measureRounds(turnsOf(setting, contenders, work, concurrency), setting.sizes.rounds, seconds);
}

function turnsOf(
  setting: Setting,
  contenders: readonly Contender[],
  work: typeof EVENT,
  concurrency: number,
) {
  return contenders.map(({ name, process }) =>
    loadTurn(setting, name, process, { ...work, url: process.url, concurrency }),
  );
}

async function measureRr(
  setting: Setting,
  contenders: readonly Contender[],
  withBoto3: boolean,
): Promise<Figures> {
  const turns = turnsOf(setting, contenders, REQUEST_RESPONSE, IN_FLIGHT);
  if (withBoto3 && (await hasBoto3())) turns.push(boto3Turn(setting.standIn.url));
  return measureRounds(turns, setting.sizes.rounds, setting.sizes.loadSeconds);
}

function rrRows(figures: Figures): Row[] {
  const what = `RequestResponse, ${IN_FLIGHT} in flight`;
  const rate = ({ perSecond }: TurnFigures) => perSecond;
  const [postgres, embedded] = [
    compared('rr.postgres', what, '/s', figures, 'postgres', rate, atLeast(0.85)),
    compared('rr.embedded', what, '/s', figures, 'embedded', rate, atLeast(1)),
  ];
  const boto3 = figures.get('boto3');
  const rival: Row = boto3
    ? {
        ...postgres,
        name: 'rr.boto3',
        baseline: { of: 'boto3', figure: boto3.perSecond },
        target: atLeast(1.3),
        note: `boto3: one client, ${IN_FLIGHT} threads`,
      }
    : { name: 'rr.boto3', what: postgres.what, notMeasured: 'python cannot import boto3' };
  return [
    { ...postgres, note: busy(figures, 'postgres') },
    rival,
    { ...embedded, note: busy(figures, 'embedded') },
  ];
}

function latencyRows(figures: Figures): Row[] {
  const p50 = ({ p50Ms }: TurnFigures) => p50Ms;
  return BRIDGES.map((bridge) =>
    compared(
      `latency.${bridge}`,
      'RequestResponse, 1 in flight, p50',
      'ms',
      figures,
      bridge,
      p50,
      atMost(bridge === 'postgres' ? 4.5 : 2.5),
    ),
  );
}

function eventRows(figures: Figures): Row[] {
  return BRIDGES.flatMap((bridge) => [
    {
      ...compared(
        `event.${bridge}`,
        `Event submits, ${IN_FLIGHT} in flight`,
        '/s',
        figures,
        bridge,
        ({ perSecond }) => perSecond,
        atLeast(bridge === 'postgres' ? 0.85 : 1),
      ),
      note: 'completion: ["none"]; answers to submits',
    },
    {
      ...compared(
        `event-invokes.${bridge}`,
        'the same, until Lambda has them',
        '/s',
        figures,
        bridge,
        ({ invokesPerSecond }) => invokesPerSecond,
      ),
      note: busy(figures, bridge),
    },
  ]);
}

function cpuRows(figures: Figures): Row[] {
  const cpu = ({ cpuMs }: TurnFigures) => cpuMs;
  return BRIDGES.map((bridge) =>
    compared(
      `cpu.${bridge}`,
      'CPU of the bridge per RequestResponse',
      'ms',
      figures,
      bridge,
      cpu,
      atMost(1.2),
    ),
  );
}

function memoryRows(contenders: readonly Contender[]): Row[] {
  const find = (name: ContenderName) => contenders.find((one) => one.name === name) as Contender;
  const [embedded, passthrough] = [find('embedded'), find('passthrough')];
  return [
    {
      name: 'memory.idle',
      what: 'memory before the first request, embedded',
      figure: embedded.idleMb,
      unit: 'MB',
      baseline: { of: 'passthrough', figure: passthrough.idleMb },
      target: atMost(130, 'figure'),
    },
    {
      name: 'memory.peak',
      what: `memory at the peak, ${IN_FLIGHT} in flight, embedded`,
      figure: peakMb(embedded.process.pid),
      unit: 'MB',
      baseline: { of: 'passthrough', figure: peakMb(passthrough.process.pid) },
      target: atMost(200, 'figure'),
    },
  ];
}

/** A bridge against the passthrough. */
function compared(
  name: string,
  what: string,
  unit: string,
  figures: Figures,
  bridge: Bridge,
  read: (one: TurnFigures) => number,
  target?: Target,
): MeasuredRow {
  const figureOf = (contender: string) => {
    const found = figures.get(contender);
    if (!found) throw new Error(`${contender} was not measured`);
    return read(found);
  };
  return {
    name,
    what: `${what}, ${LABELS[bridge]}`,
    figure: figureOf(bridge),
    unit,
    baseline: { of: 'passthrough', figure: figureOf('passthrough') },
    ...(target && { target }),
  };
}

/** Which process limits a rate shows in the cores that each was busy on. */
function busy(figures: Figures, bridge: Bridge): string {
  const cores = Object.entries(figures.get(bridge)?.cores ?? {});
  const parts = cores.map(([part, share]) => `${part === bridge ? 'bridge' : part} ${share.toFixed(2)}`);
  return `cores busy: ${parts.join(', ')}`;
}
