/** Turns the figures of single executions into rows. */
import { type Contender, type ContenderName, IN_FLIGHT, LABELS } from '../contenders.ts';
import { peakMb } from '../process-usage.ts';
import type { TurnFigures } from '../rounds.ts';
import { atLeast, atMost, type MeasuredRow, type Row, type Target } from '../row.ts';

/** The loops of the bridges that have no turn, and the system itself. */
const IDLE_CORES = 0.25;

/** by the name of the turn */
export type Figures = Map<string, TurnFigures>;
type Bridge = Exclude<ContenderName, 'passthrough'>;

/** A figure of both bridges, against that of the passthrough. */
interface Comparison {
  name: string;
  what: string;
  unit: string;
  read: (figures: TurnFigures) => number;
  targets?: Record<Bridge, Target>;
  note?: (bridge: Bridge) => string;
}

export function rrRows(figures: Figures): Row[] {
  const [postgres, embedded] = compared(figures, {
    name: 'rr',
    what: `RequestResponse, ${IN_FLIGHT} in flight`,
    unit: '/s',
    read: ({ perSecond }) => perSecond,
    targets: { postgres: atLeast(0.85), embedded: atLeast(1) },
    note: (bridge) => busy(figures, bridge),
  });
  return [postgres, besideBoto3(postgres, figures.get('boto3')), embedded];
}

function besideBoto3(row: MeasuredRow, boto3: TurnFigures | undefined): Row {
  const name = 'rr.boto3';
  if (!boto3) return { name, what: row.what, notMeasured: 'python cannot import boto3' };
  const baseline = { of: 'boto3', figure: boto3.perSecond };
  const note = `boto3 has one client for ${IN_FLIGHT} threads; ${boto3.cpuMs.toFixed(2)} ms CPU for each request`;
  return { ...row, name, baseline, target: atLeast(1.3), note };
}

export function latencyRows(figures: Figures): Row[] {
  return compared(figures, {
    name: 'latency',
    what: 'RequestResponse, 1 in flight, p50',
    unit: 'ms',
    read: ({ p50Ms }) => p50Ms,
    targets: { postgres: atMost(4.5), embedded: atMost(2.5) },
  });
}

export function eventRows(figures: Figures): Row[] {
  const what = `Event submits, ${IN_FLIGHT} in flight`;
  return [
    ...compared(figures, {
      name: 'event',
      what,
      unit: '/s',
      read: ({ perSecond }) => perSecond,
      targets: { postgres: atLeast(0.85), embedded: atLeast(1) },
      note: () => 'completion: ["none"]; counts the answers to submits',
    }),
    ...compared(figures, {
      name: 'event-invokes',
      what: `${what}, until Lambda has them`,
      unit: '/s',
      read: ({ invokesPerSecond }) => invokesPerSecond,
      note: (bridge) => busy(figures, bridge),
    }),
  ];
}

export function cpuRows(figures: Figures): Row[] {
  return compared(figures, {
    name: 'cpu',
    what: 'CPU of the bridge for each RequestResponse',
    unit: 'ms',
    read: ({ cpuMs }) => cpuMs,
    targets: { postgres: atMost(1.2), embedded: atMost(1.2) },
  });
}

export function memoryRows({ embedded, passthrough }: Record<ContenderName, Contender>): Row[] {
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
      figure: peakMb(embedded.server.pid),
      unit: 'MB',
      baseline: { of: 'passthrough', figure: peakMb(passthrough.server.pid) },
      target: atMost(200, 'figure'),
    },
  ];
}

function compared(figures: Figures, comparison: Comparison): [MeasuredRow, MeasuredRow] {
  return [compareBridge(figures, comparison, 'postgres'), compareBridge(figures, comparison, 'embedded')];
}

function compareBridge(figures: Figures, comparison: Comparison, bridge: Bridge): MeasuredRow {
  const { name, what, unit, read, targets, note } = comparison;
  const figureOf = (contender: ContenderName) => {
    const found = figures.get(contender);
    if (!found) throw new Error(`${contender} was not measured`);
    return read(found);
  };
  return {
    name: `${name}.${bridge}`,
    what: `${what}, ${LABELS[bridge]}`,
    figure: figureOf(bridge),
    unit,
    baseline: { of: 'passthrough', figure: figureOf('passthrough') },
    ...(targets && { target: targets[bridge] }),
    ...(note && { note: note(bridge) }),
  };
}

/** Which process limits a rate shows in the cores that each was busy on. */
function busy(figures: Figures, bridge: Bridge): string {
  const cores = Object.entries(figures.get(bridge)?.cores ?? {});
  const parts = cores.map(([part, share]) => `${part === bridge ? 'bridge' : part} ${share.toFixed(2)}`);
  const others = figures.get(bridge)?.cores['others'] ?? 0;
  const warning = others > IDLE_CORES ? '; other work on the machine distorts this row' : '';
  return `cores busy: ${parts.join(', ')}${warning}`;
}
