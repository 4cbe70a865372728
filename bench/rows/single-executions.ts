/** The rows that compare single executions with a direct call: rate, latency, CPU and memory. */
import { boto3Turn, hasBoto3 } from '../boto3.ts';
import {
  type Contender,
  type ContenderName,
  EVENT,
  IN_FLIGHT,
  REQUEST_RESPONSE,
  startContenders,
  type Work,
} from '../contenders.ts';
import { loadTurn, measureRounds, type Turn } from '../rounds.ts';
import type { Row } from '../row.ts';
import type { Setting } from '../setting.ts';
import type { RowGroup } from './group.ts';
import { cpuRows, eventRows, latencyRows, memoryRows, rrRows } from './single-rows.ts';

export const singleExecutions: RowGroup = {
  names: ['rr', 'latency', 'event', 'cpu', 'memory'],
  async measure(setting, cleanup, isWanted) {
    const contenders = await startContenders(setting, cleanup);
    const { rounds, loadSeconds, latencySeconds } = setting.sizes;
    const turns = (work: Work, concurrency: number) => turnsOf(setting, contenders, work, concurrency);
    const rows: Row[] = [];
    if (['rr', 'cpu', 'memory'].some(isWanted)) {
      const rivals = isWanted('rr') && (await hasBoto3()) ? [boto3Turn(setting.standIn.url)] : [];
      const all = [...turns(REQUEST_RESPONSE, IN_FLIGHT), ...rivals];
      const figures = await measureRounds(all, rounds, loadSeconds);
      if (isWanted('rr')) rows.push(...rrRows(figures));
      if (isWanted('cpu')) rows.push(...cpuRows(figures));
      if (isWanted('memory')) rows.push(...memoryRows(contenders));
    }
    if (isWanted('latency'))
      rows.push(...latencyRows(await measureRounds(turns(REQUEST_RESPONSE, 1), rounds, latencySeconds)));
    if (isWanted('event'))
      rows.push(...eventRows(await measureRounds(turns(EVENT, IN_FLIGHT), rounds, loadSeconds)));
    return rows;
  },
};

function turnsOf(
  setting: Setting,
  contenders: Record<ContenderName, Contender>,
  work: Work,
  concurrency: number,
): Turn[] {
  return Object.entries(contenders).map(([name, { server }]) =>
    loadTurn(setting, name, server, { ...work, url: server.url, concurrency }),
  );
}
