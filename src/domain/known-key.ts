import type { AirflowTask, Execution } from './execution.ts';

/** What a submit under a key means whose current execution is known. */
export type KnownKey = 'existing' | 'mismatch' | 'rerun';

/**
 * @param asking the new submit @param known the current execution of its key
 * @returns `rerun` if the user wants a new execution after the one that failed or was cancelled
 */
export function judgeKnownKey(
  asking: { requestHash: string; rerunFailed: boolean; airflow: AirflowTask | undefined },
  known: { requestHash: string; execution: Execution },
): KnownKey {
  const { state, airflow } = known.execution;
  const unsuccessful = state === 'failed' || state === 'cancelled';
  if (asking.rerunFailed && unsuccessful && !isRepeat(asking.airflow, airflow)) return 'rerun';
  return asking.requestHash === known.requestHash ? 'existing' : 'mismatch';
}

/**
 * Whether a client repeats a submit whose answer was lost. A later try of the task, in contrast, wants a new execution.
 */
function isRepeat(asking: AirflowTask | undefined, known: AirflowTask | null): boolean {
  if (asking?.try_number === undefined || known?.try_number === undefined) return false;
  const sameTask = (['dag_id', 'run_id', 'task_id', 'map_index'] as const).every(
    (name) => asking[name] === known[name],
  );
  return sameTask && asking.try_number <= known.try_number;
}
