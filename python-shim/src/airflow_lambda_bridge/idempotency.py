"""The name under which the bridge recognises one and the same run of one task."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

# Any fixed value does; another one would detach tasks that wait while the provider is upgraded.
_NAMESPACE = uuid.UUID("6f2e3c1a-3b0e-5d0c-9a54-2f3f2f0a7c11")


def generation(max_tries: int, retries: int | None) -> int:
    """
    Tell a cleared task from a retried one: constant over automatic retries, larger after each clear.

    Clearing sets ``max_tries`` to ``try_number + retries`` (``clear_task_instances`` in
    airflow/models/taskinstance.py); nothing else raises it. Airflow finds the first try of a sensor by the
    same difference. Only the worker knows it: in the triggerer ``max_tries`` equals ``retries``.
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
    Return the same key for every automatic retry of one task, and another one after the task was cleared.

    :param run_started_at: keeps apart a DAG run that was deleted and made again under the same id, and
        equally named runs of two Airflow deployments that share one bridge
    :param try_number: given when each try is to run the function anew
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
    """Return what names a task instance at the bridge; the index of an unmapped one is -1."""
    return {
        "dag_id": ti.dag_id,
        "run_id": ti.run_id,
        "task_id": ti.task_id,
        "map_index": ti.map_index if ti.map_index is not None else -1,
        "try_number": ti.try_number,
    }


def task_key(context: Context, *, retries: int | None, reattach: bool) -> str:
    """
    Return the key of the task that runs.

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
