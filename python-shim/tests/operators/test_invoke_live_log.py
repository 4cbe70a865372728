"""The function's log in the task log: live, across a deferral, and after the end."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_lambda_bridge.exceptions import LambdaFunctionError, LambdaInvocationFailed, LambdaWaitTimeout
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator
from airflow_lambda_bridge.triggers import LambdaExecutionTrigger
from conftest import TaskLog
from fake_bridge import EXECUTION_ID, FakeBridge, FakeLog, Reply, execution, failed, problem

GET = f"GET /v1/executions/{EXECUTION_ID}"
LOGS = f"{GET}/logs"
HEADER = "Lambda execution log of my_lambda_function (live):"
TAIL_HEADER = "The last 4 KB of the Lambda execution log (keep_empty_log_lines=True)."
LINES = ["one", "two", "three"]
ACCEPTED = {"invocation_type": "Event", "request_id": "r"}
RUNNING = execution("running", **ACCEPTED)
TAIL = {"log_tail": "two\nthree\n", **ACCEPTED}

pytestmark = pytest.mark.usefixtures("fast_log")


def invoke(**arguments: Any) -> LambdaInvokeFunctionOperator:
    defaults: dict[str, Any] = {
        "function_name": "my_lambda_function",
        "invocation_type": "Event",
        "wait_for_completion": True,
        "log_type": "Tail",
        "poll_interval": 0.01,
    }
    return LambdaInvokeFunctionOperator(task_id="invoke", **{**defaults, **arguments})


def log_lines(task_log: TaskLog) -> list[str]:
    return [message for message in task_log.messages if message in (HEADER, TAIL_HEADER, *LINES)]


def defer(call: Any) -> LambdaExecutionTrigger:
    with pytest.raises(TaskDeferred) as raised:
        call()
    assert isinstance(raised.value.trigger, LambdaExecutionTrigger)
    return raised.value.trigger


def event(state: str | None, log_cursor: str | None, deadline: float | None = None) -> dict[str, Any]:
    return {"execution_id": EXECUTION_ID, "state": state, "deadline": deadline, "log_cursor": log_cursor}


def test_lines_come_before_the_end_and_the_tail_does_not_repeat_them(
    bridge: FakeBridge, context: Any, task_log: TaskLog
) -> None:
    lines_before_end: list[str] = []
    ended = Reply(body=execution(**TAIL), before=lambda: lines_before_end.extend(log_lines(task_log)))
    bridge.set_execution(RUNNING, RUNNING, RUNNING, RUNNING)
    bridge.set_replies(GET, RUNNING, RUNNING, ended)
    bridge.set_replies(LOGS, FakeLog([["one\n"], [], ["two\n"], ["three\n"]]))

    invoke().execute(context)

    assert lines_before_end == [HEADER, "one"]
    assert log_lines(task_log) == [HEADER, *LINES]


def test_a_failed_function_shows_its_last_lines_and_its_stack_trace(
    bridge: FakeBridge, context: Any, task_log: TaskLog
) -> None:
    bridge.set_execution(RUNNING, RUNNING, failed(**TAIL))
    bridge.set_replies(LOGS, FakeLog([["one\n"], ["two\n", "three\n"]]))

    with pytest.raises(LambdaFunctionError):
        invoke().execute(context)

    assert log_lines(task_log) == [HEADER, *LINES]
    assert task_log.messages[-1].startswith("Stack trace of the function:")


def test_if_it_ends_before_a_line_was_read_the_tail_is_written(
    bridge: FakeBridge, context: Any, task_log: TaskLog
) -> None:
    bridge.set_execution(RUNNING, RUNNING, execution(**TAIL))
    bridge.set_replies(LOGS, FakeLog([], ends=False))

    invoke().execute(context)

    assert log_lines(task_log) == [TAIL_HEADER, "two", "three"]
    assert len(bridge.requests(LOGS)) == 1


def test_without_a_tail_the_log_is_read_at_the_end(
    bridge: FakeBridge, context: Any, task_log: TaskLog
) -> None:
    bridge.set_execution(RUNNING, execution(**ACCEPTED))
    bridge.set_replies(LOGS, FakeLog([[], ["one\n"], ["two\n", "three\n"]]))

    invoke().execute(context)

    assert log_lines(task_log) == [HEADER, *LINES]


def test_no_lines_are_awaited_if_the_function_was_not_invoked(
    bridge: FakeBridge, context: Any, task_log: TaskLog
) -> None:
    queued = execution("queued", invocation_type="Event")
    bridge.set_execution(queued, queued, failed("throttled", invocation_type="Event"))
    bridge.set_replies(LOGS, FakeLog([], ends=False))

    with pytest.raises(LambdaInvocationFailed):
        invoke().execute(context)

    assert "did not come" not in task_log.text


@pytest.mark.parametrize(
    "arguments",
    [
        {"invocation_type": "RequestResponse"},
        {"log_type": None},
        {"log_type": "None"},
        {"wait_for_completion": None},
    ],
)
def test_the_log_is_read_only_while_waiting_for_an_event_with_log_type_tail(
    bridge: FakeBridge, context: Any, arguments: dict[str, Any]
) -> None:
    invocation_type = arguments.get("invocation_type", "Event")
    running = execution("running", invocation_type=invocation_type, request_id="r")
    bridge.set_execution(running, running, running, execution(invocation_type=invocation_type))

    invoke(**arguments).execute(context)

    assert bridge.requests(LOGS) == []


def test_a_log_that_cannot_be_read_does_not_fail_the_task(
    bridge: FakeBridge, context: Any, task_log: TaskLog
) -> None:
    bridge.set_execution(RUNNING, RUNNING, RUNNING, execution(**TAIL), result=b"1")
    bridge.set_replies(LOGS, problem(503, "logs_unavailable", "CloudWatch throttles."))

    assert invoke().execute(context) == "1"

    assert log_lines(task_log) == [TAIL_HEADER, "two", "three"]
    assert task_log.text.count("logs_unavailable") == 1


class TestDeferral:
    def test_no_line_is_repeated_or_lost(self, bridge: FakeBridge, context: Any, task_log: TaskLog) -> None:
        bridge.set_execution(RUNNING)
        bridge.set_replies(LOGS, FakeLog([["one\n"]], ends=False))

        trigger = defer(lambda: invoke(deferrable=True, defer_after=0.1).execute(context))
        assert trigger.log_cursor == "cursor-1"

        bridge.set_replies(LOGS, FakeLog([["two\n"], ["three\n"]], messages=["one\n"]))
        bridge.set_replies(GET, execution(**TAIL))
        invoke().execute_complete(context, event("succeeded", trigger.log_cursor))

        assert log_lines(task_log) == [HEADER, *LINES]

    def test_if_no_line_was_written_the_tail_is(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(RUNNING)
        bridge.set_replies(LOGS, FakeLog([], ends=False))

        trigger = defer(lambda: invoke(deferrable=True, defer_after=0.1).execute(context))
        assert trigger.log_cursor is None

        bridge.received.clear()
        bridge.set_replies(GET, execution(**TAIL))
        invoke().execute_complete(context, event("succeeded", None))

        assert log_lines(task_log) == [TAIL_HEADER, "two", "three"]
        assert bridge.requests(LOGS) == []

    def test_a_second_deferral_keeps_the_cursor(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(RUNNING)

        trigger = defer(lambda: invoke().execute_complete(context, event(None, "cursor-1")))

        assert trigger.log_cursor == "cursor-1"

    def test_past_the_deadline_the_lines_so_far_are_written(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(RUNNING)
        bridge.set_replies(LOGS, FakeLog([["two\n"]], ends=False, messages=["one\n"]))
        operator = invoke(execution_timeout=timedelta(seconds=1))

        with pytest.raises(LambdaWaitTimeout):
            operator.execute_complete(context, event("running", "cursor-1", time.time() - 1))

        assert log_lines(task_log) == ["two"]
        assert len(bridge.requests(LOGS)) == 1
