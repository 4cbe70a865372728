"""Checks whether a deferred task is still deferred, for a trigger that is stopped before Airflow 3.3."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS
from asgiref.sync import sync_to_async


async def is_still_deferred(task_instance: Any) -> bool:
    """
    Return False if a user ended the task. If only the triggerer shuts down, the task is still deferred.

    :param task_instance: the trigger's attribute, which the triggerer sets
    """
    read = _state_by_api if AIRFLOW_V_3_0_PLUS else _state_in_database
    return await sync_to_async(read)(task_instance) == "deferred"


def _state_by_api(task_instance: Any) -> str | None:
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    states = RuntimeTaskInstance.get_task_states(
        dag_id=task_instance.dag_id,
        task_ids=[task_instance.task_id],
        run_ids=[task_instance.run_id],
        map_index=task_instance.map_index,
    )
    # There is only one task instance; the inner key is its task id, with the map index if it is mapped.
    return next(iter(states.get(task_instance.run_id, {}).values()), None)


def _state_in_database(task_instance: Any) -> str | None:
    from airflow.models import TaskInstance
    from airflow.utils.session import create_session

    key = {name: getattr(task_instance, name) for name in ("dag_id", "task_id", "run_id", "map_index")}
    with create_session() as session:
        row = session.query(TaskInstance.state).filter_by(**key).one_or_none()
    return row[0] if row else None
