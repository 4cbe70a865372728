from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_lambda_bridge.idempotency import generation, idempotency_key

STARTED = datetime(2026, 11, 1, 10, tzinfo=timezone.utc)
TASK: dict[str, Any] = {
    "dag_id": "dag",
    "run_id": "run",
    "run_started_at": STARTED,
    "task_id": "task",
    "map_index": -1,
    "generation": 0,
}


def test_the_key_of_a_task_never_changes() -> None:
    # A fixed value: if it changed, tasks that wait during an upgrade of the provider could not reattach.
    assert idempotency_key(**TASK) == "9ec30116-52a8-5bc9-b978-e1bd325c2db0"


def test_the_time_zone_of_the_start_does_not_matter() -> None:
    elsewhere = STARTED.astimezone(timezone(timedelta(hours=5)))

    assert idempotency_key(**{**TASK, "run_started_at": elsewhere}) == idempotency_key(**TASK)


@pytest.mark.parametrize(
    "other",
    [
        {"dag_id": "other"},
        {"run_id": "other"},
        {"run_started_at": STARTED + timedelta(microseconds=1)},
        {"run_started_at": None},
        {"task_id": "other"},
        {"map_index": 0},
        {"generation": 1},
        {"try_number": 1},
        {"dag_id": "dagr", "run_id": "un"},
    ],
)
def test_a_different_task_has_a_different_key(other: dict[str, Any]) -> None:
    assert idempotency_key(**{**TASK, **other}) != idempotency_key(**TASK)


def test_the_generation_is_constant_over_retries_and_grows_with_a_clear() -> None:
    retries = 2
    # In Airflow max_tries is at first retries, and after a clear try_number + retries.
    assert generation(retries, retries) == 0
    assert generation(3 + retries, retries) == 3
    assert generation(0, None) == 0
