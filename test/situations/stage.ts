/** The state of a situation while its test runs. */
import type { WireRequest } from '../aws/wire-server.ts';
import { type Invocation, linesOf } from './emit.ts';
import { LogStore } from './log-store.ts';
import type { LoggedRun, Situation } from './situation.ts';

/** A function of a situation, and what has happened to it. */
export interface Stage {
  situation: Situation;
  logGroup: string;
  /** the Invoke requests that the bridge sent, with headers */
  invokes: WireRequest[];
  invocation?: Invocation;
  /** the runs that have not begun */
  pending: LoggedRun[];
  store: LogStore;
}

export function newStage(situation: Situation): Stage {
  const { config, name, paging, runs = [] } = situation;
  const settings = config === 'denied' ? undefined : config?.LoggingConfig;
  const logGroup = settings?.['LogGroup'] ?? `/aws/lambda/${name}`;
  return { situation, logGroup, invokes: [], pending: [...runs], store: new LogStore(paging) };
}

/** Writes the log lines of the runs that are due, in order. */
export function emitDue(stage: Stage): void {
  const { situation, pending, invocation, store } = stage;
  const runs = situation.runs ?? [];
  for (let [next] = pending; next && invocation; [next] = pending) {
    if (store.searches < (next.afterSearches ?? 0)) return;
    store.add(linesOf(situation, next, runs.indexOf(next), invocation, (stream) => store.newest(stream)));
    pending.shift();
  }
}
