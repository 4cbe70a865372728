"""The idempotency key, by which the bridge recognises the retries of one task."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

# An arbitrary value that must never change. Otherwise tasks that wait during an upgrade could not reattach.
_NAMESPACE = uuid.UUID("6f2e3c1a-3b0e-5d0c-9a54-2f3f2f0a7c11")


def generation(max_tries: int, retries: int | None) -> int:
    """
    Return a number that is the same for all automatic retries of a task and larger after each clear.

    A clear sets ``max_tries`` to ``try_number + retries`` (``clear_task_instances`` in
    airflow/models/taskinstance.py). Nothing else increases ``max_tries``. Airflow uses the same difference to
    find the first try of a sensor. Call this on a worker only, because in the triggerer ``max_tries`` equals
    ``retries``.
    """
    return max_tries - (retries or 0)


def idempotency_key(
    *,
    dag_id: str,
    run_id: str,
    run_started_at: datetime | None,
    task_id: str,
    map_index: int,
    generation: int,
    try_number: int | None = None,
) -> str:
    """
    Return the same key for all automatic retries of a task, and a different one after a clear.

    :param run_started_at: the start of the DAG run. It makes the key different if a DAG run was deleted and
        created again with the same id, or if two Airflow deployments share one bridge and have runs of the
        same name.
    :param try_number: the number of the try, if each try is to run the function again
    """
    started = run_started_at.astimezone(timezone.utc).isoformat() if run_started_at else ""
    parts: list[Any] = [dag_id, run_id, started, task_id, map_index, generation]
    if try_number is not None:
        parts.append(try_number)
    key = _NAMESPACE
    for part in parts:
        key = uuid.uuid5(key, str(part))
    return str(key)


def airflow_task(ti: Any) -> dict[str, Any]:
    """Return the members that identify a task instance in the bridge; an unmapped one has map index -1."""
    return {
        "dag_id": ti.dag_id,
        "run_id": ti.run_id,
        "task_id": ti.task_id,
        "map_index": ti.map_index if ti.map_index is not None else -1,
        "try_number": ti.try_number,
    }


def task_key(context: Context, *, retries: int | None, reattach: bool) -> str:
    """
    Return the idempotency key of the running task.

    :param reattach: False gives each try a key of its own
    """
    ti: Any = context["ti"]
    dag_run: Any = context.get("dag_run")
    task = airflow_task(ti)
    return idempotency_key(
        **{**task, "try_number": None if reattach else task["try_number"]},
        run_started_at=dag_run.start_date if dag_run else None,
        generation=generation(ti.max_tries, retries),
    )
