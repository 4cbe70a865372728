import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Execution } from '../../domain/execution.ts';
import { bareName } from '../../domain/function-name.ts';
import type { ExecutionFilter } from '../records.ts';
import { EXECUTION_COLUMNS, type ExecutionRow, toExecution } from '../rows.ts';
import type { Params, SqliteConnection } from './connection.ts';
import { decoded } from './values.ts';

/** Rows read in one turn of the event loop, about 5 ms: a filter that matches few would otherwise block it for seconds. */
const STEP = 2_000;

/** Above every UUID. */
const AFTER_ALL = 'g';

/** Newest first. */
export async function list(
  db: SqliteConnection,
  filter: ExecutionFilter,
  limit: number,
  before: string = AFTER_ALL,
): Promise<Execution[]> {
  const params = toParams(filter);
  const found: Execution[] = [];
  let top = before;
  for (;;) {
    const bottom = db.first<{ id: string }>(
      `select e.id from executions e where e.id < :top and ${indexed(filter)} order by e.id desc limit 1 offset :step`,
      { ...params, top, step: STEP - 1 },
    );
    const rows = matching(db, filter, {
      ...params,
      top,
      bottom: bottom?.id ?? '',
      limit: limit - found.length,
    });
    found.push(...rows);
    if (!bottom || found.length >= limit) return found;
    top = bottom.id;
    await nextTurn();
  }
}

function matching(db: SqliteConnection, filter: ExecutionFilter, params: Params): Execution[] {
  return db
    .all(
      `select ${EXECUTION_COLUMNS} from executions e
       where e.id < :top and e.id >= :bottom and ${indexed(filter)}
         and (:dag_id is null or e.dag_id = :dag_id)
         and (:run_id is null or e.run_id = :run_id)
         and (:task_id is null or e.task_id = :task_id)
         and (:map_index is null or e.map_index = :map_index)
         and (:function_name is null or e.function_name = :function_name)
         and (:state is null or e.state = :state)
       order by e.id desc limit :limit`,
      params,
    )
    .map((row) => toExecution(decoded<ExecutionRow>(row)));
}

/** The condition that an index answers. SQLite plans once per text, so a condition for every filter would use none. */
function indexed({ dag_id, run_id, function: fn }: ExecutionFilter): string {
  if (dag_id !== undefined)
    return run_id === undefined ? 'e.dag_id = :dag_id' : 'e.dag_id = :dag_id and e.run_id = :run_id';
  return fn === undefined ? 'true' : 'e.function_name = :function_name';
}

function toParams(filter: ExecutionFilter): Params {
  return {
    dag_id: filter.dag_id ?? null,
    run_id: filter.run_id ?? null,
    task_id: filter.task_id ?? null,
    map_index: filter.map_index ?? null,
    function_name: filter.function === undefined ? null : bareName(filter.function),
    state: filter.state ?? null,
  };
}
