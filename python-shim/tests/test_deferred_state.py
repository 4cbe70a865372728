from __future__ import annotations

import asyncio
from types import SimpleNamespace
from unittest import mock

import pytest
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

from airflow_lambda_bridge.deferred_state import is_still_deferred


@pytest.mark.skipif(not AIRFLOW_V_3_0_PLUS, reason="Airflow 2 reads the state from its database")
@pytest.mark.parametrize(
    ("map_index", "states", "deferred"),
    [
        (-1, {"run": {"task": "deferred"}}, True),
        (-1, {"run": {"task": "failed"}}, False),
        (2, {"run": {"task_2": "deferred"}}, True),
        (-1, {"run": {}}, False),
        (-1, {}, False),
    ],
)
def test_the_state_of_one_task_instance_is_read(
    map_index: int, states: dict[str, dict[str, str]], deferred: bool
) -> None:
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    task_instance = SimpleNamespace(dag_id="dag", run_id="run", task_id="task", map_index=map_index)
    with mock.patch.object(
        RuntimeTaskInstance, "get_task_states", autospec=True, return_value=states
    ) as get_task_states:
        assert asyncio.run(is_still_deferred(task_instance)) is deferred

    get_task_states.assert_called_once_with(
        dag_id="dag", task_ids=["task"], run_ids=["run"], map_index=map_index
    )
