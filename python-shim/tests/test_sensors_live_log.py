"""The log of a function that a sensor waits for."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lambda_bridge.sensors import LambdaSensor
from conftest import TaskLog
from fake_bridge import EXECUTION_ID, FakeBridge, FakeLog, Reply, execution

LIST = "GET /v1/executions"
GET = f"GET /v1/executions/{EXECUTION_ID}"
LOGS = f"{GET}/logs"
NEWER_ID = "01900000-0000-7000-8000-000000000002"
NEWER_GET = f"GET /v1/executions/{NEWER_ID}"
HEADER = "Lambda execution log of my_lambda_function (live):"
LINES = ["one", "two", "three"]
RUNNING = execution("running", invocation_type="Event")
ENDED = execution(invocation_type="Event", log_tail="two\nthree\n")
OFF_THE_WORKER = pytest.mark.parametrize("arguments", [{"mode": "reschedule"}, {"deferrable": True}])

pytestmark = pytest.mark.usefixtures("fast_log")


def by_id(**arguments: Any) -> LambdaSensor:
    arguments = {"check_interval": 0.01, "timeout": 10, **arguments}
    return LambdaSensor(task_id="check", execution_id=EXECUTION_ID, **arguments)


def log_lines(task_log: TaskLog) -> list[str]:
    return [message for message in task_log.messages if message in (HEADER, "old", *LINES)]


def test_lines_are_written_during_many_pokes_and_each_once(
    bridge: FakeBridge, context: Any, task_log: TaskLog
) -> None:
    lines_before_end: list[str] = []
    ended = Reply(body=ENDED, before=lambda: lines_before_end.extend(log_lines(task_log)))
    bridge.set_execution(RUNNING)
    bridge.set_replies(GET, *[RUNNING] * 8, ended)
    bridge.set_replies(LOGS, FakeLog([["one\n"], [], ["two\n"], [], [], [], [], ["three\n"]]))

    by_id().execute(context)

    assert "one" in lines_before_end
    assert log_lines(task_log) == [HEADER, *LINES]


def test_if_no_line_was_read_before_the_end_the_tail_is_written(
    bridge: FakeBridge, context: Any, task_log: TaskLog
) -> None:
    bridge.set_execution(ENDED)

    by_id().execute(context)

    assert log_lines(task_log) == ["two", "three"]
    assert bridge.requests(LOGS) == []


def test_a_newer_execution_has_its_own_log(bridge: FakeBridge, context: Any, task_log: TaskLog) -> None:
    bridge.set_replies(LIST, {"executions": [RUNNING]}, {"executions": [{**RUNNING, "id": NEWER_ID}]})
    bridge.set_replies(GET, RUNNING)
    bridge.set_replies(LOGS, FakeLog([["old\n"]], ends=False))
    bridge.set_replies(NEWER_GET, {**ENDED, "id": NEWER_ID})
    bridge.set_replies(f"{NEWER_GET}/result", b"1")

    LambdaSensor(task_id="check", function_name="f", check_interval=0.01).execute(context)

    assert log_lines(task_log) == [HEADER, "old", "two", "three"]
    assert bridge.requests(f"{NEWER_GET}/logs") == []


def test_the_log_of_a_request_response_is_not_read(bridge: FakeBridge, context: Any) -> None:
    bridge.set_execution(execution("running"), *[execution("running")] * 4, execution())

    by_id().execute(context)

    assert bridge.requests(LOGS) == []


@OFF_THE_WORKER
def test_without_waiting_on_the_worker_only_the_tail_is_written(
    bridge: FakeBridge, context: Any, task_log: TaskLog, arguments: dict[str, Any]
) -> None:
    bridge.set_execution(RUNNING, RUNNING, ENDED)
    checking = by_id(**arguments)

    assert not checking.poke(context).is_done
    assert checking.poke(context).is_done

    assert log_lines(task_log) == ["two", "three"]
    assert bridge.requests(LOGS) == []


@OFF_THE_WORKER
def test_without_waiting_on_the_worker_the_lines_are_read_if_there_is_no_tail(
    bridge: FakeBridge, context: Any, task_log: TaskLog, arguments: dict[str, Any]
) -> None:
    bridge.set_execution(RUNNING, RUNNING, execution(invocation_type="Event", request_id="r"))
    bridge.set_replies(LOGS, FakeLog([["one\n", "two\n"]]))
    checking = by_id(**arguments)

    assert not checking.poke(context).is_done
    assert checking.poke(context).is_done

    assert log_lines(task_log) == [HEADER, "one", "two"]
