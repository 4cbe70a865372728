"""The operator while its task is deferred, and when it is killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_lambda_bridge.exceptions import (
    LambdaExecutionFailed,
    LambdaFunctionError,
    LambdaWaitTimeout,
)
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator
from airflow_lambda_bridge.triggers import LambdaExecutionTrigger
from conftest import TaskLog
from fake_bridge import EXECUTION_ID, FakeBridge, Reply, execution, failed, problem

SUBMIT = "POST /v1/executions"
GET = f"GET /v1/executions/{EXECUTION_ID}"
CANCEL = f"POST /v1/executions/{EXECUTION_ID}/cancel"


def invoke(**arguments: Any) -> LambdaInvokeFunctionOperator:
    arguments = {"poll_interval": 0.01, **arguments}
    return LambdaInvokeFunctionOperator(task_id="invoke", function_name="my_lambda_function", **arguments)


def deferral(call: Callable[[], object]) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as raised:
        call()
    return raised.value


class TestDeferral:
    def test_a_short_function_never_defers(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution("queued"), execution("running"), execution(), result=b"1")

        assert invoke(deferrable=True).execute(context) == "1"

    def test_a_long_function_defers_after_the_inline_wait(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution("queued"), execution("running"))

        started = time.monotonic()
        deferred = deferral(lambda: invoke(deferrable=True, defer_after=0.2).execute(context))

        assert 0.2 <= time.monotonic() - started < 2
        assert deferred.method_name == "execute_complete"
        assert isinstance(deferred.trigger, LambdaExecutionTrigger)
        assert deferred.trigger.serialize()[1] == {
            "bridge_conn_id": "lambda_bridge_default",
            "execution_id": EXECUTION_ID,
            "query": None,
            "poll_interval": 0.01,
            "first_poll_after": 5.0,
            "deadline": None,
            "log_cursor": None,
            "cancel_on_kill": True,
        }

    def test_without_deferrable_it_waits_until_the_end(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution("queued"), *[execution("running")] * 20, execution(), result=b"1")

        assert invoke(deferrable=False, defer_after=0).execute(context) == "1"

    def test_execution_timeout_becomes_a_deadline(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution("queued"), execution("running"))
        operator = invoke(deferrable=True, defer_after=0, execution_timeout=timedelta(seconds=60))

        deferred = deferral(lambda: operator.execute(context))

        assert isinstance(deferred.trigger, LambdaExecutionTrigger)
        assert deferred.trigger.deadline == pytest.approx(time.time() + 60, abs=5)

    def test_the_worker_finishes_after_the_trigger(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(execution(log_tail="reading\n"), result=b"1.0")
        event = {"execution_id": EXECUTION_ID, "state": "succeeded", "deadline": None}

        assert invoke(log_type="Tail").execute_complete(context, event) == "1.0"
        assert task_log.messages.count("reading") == 1
        assert bridge.requests(SUBMIT) == []

    def test_the_worker_raises_what_the_function_raised(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(failed())
        event = {"execution_id": EXECUTION_ID, "state": "failed", "deadline": None}

        with pytest.raises(LambdaFunctionError):
            invoke().execute_complete(context, event)

    def test_past_its_deadline_the_execution_is_cancelled(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution("running"))
        event = {"execution_id": EXECUTION_ID, "state": "running", "deadline": time.time() - 1}

        with pytest.raises(LambdaWaitTimeout, match="was still running"):
            invoke(execution_timeout=timedelta(seconds=1)).execute_complete(context, event)
        assert len(bridge.requests(CANCEL)) == 1

    def test_an_end_at_the_deadline_counts(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution(), result=b"1")
        event = {"execution_id": EXECUTION_ID, "state": "running", "deadline": time.time() - 1}

        assert invoke().execute_complete(context, event) == "1"
        assert bridge.requests(CANCEL) == []

    def test_it_defers_again_if_the_bridge_refused_the_trigger(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        bridge.set_execution(execution("running"))
        deadline = time.time() + 60
        event = {"execution_id": EXECUTION_ID, "state": None, "deadline": deadline}

        deferred = deferral(lambda: invoke().execute_complete(context, event))

        assert isinstance(deferred.trigger, LambdaExecutionTrigger)
        assert deferred.trigger.deadline == deadline


class TestOnKill:
    def killed_while_waiting(self, bridge: FakeBridge, context: Any, **arguments: Any) -> None:
        """Kill the task as Airflow does: with a signal, during a request of the same hook."""
        operator = invoke(**arguments)
        bridge.set_execution(execution("queued"), execution("cancelled"))
        killed = Reply(body=execution("cancelled"), before=lambda: os.kill(os.getpid(), signal.SIGTERM))
        bridge.set_replies(GET, killed)
        before = signal.signal(signal.SIGTERM, lambda *_: operator.on_kill())
        try:
            with pytest.raises(LambdaExecutionFailed, match="was cancelled"):
                operator.execute(context)
        finally:
            signal.signal(signal.SIGTERM, before)

    def test_it_cancels_the_execution_while_the_hook_is_busy(self, bridge: FakeBridge, context: Any) -> None:
        self.killed_while_waiting(bridge, context)
        assert len(bridge.requests(CANCEL)) == 1

    def test_it_does_not_cancel_with_cancel_on_kill_false(self, bridge: FakeBridge, context: Any) -> None:
        self.killed_while_waiting(bridge, context, cancel_on_kill=False)
        assert bridge.requests(CANCEL) == []

    def test_before_anything_was_submitted_it_does_nothing(self, bridge: FakeBridge) -> None:
        invoke().on_kill()
        assert bridge.received == []

    def test_a_bridge_that_is_down_does_not_fail_the_kill(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(execution("queued"), execution())
        bridge.set_replies(CANCEL, problem(503, "unavailable", "No database."))
        operator = invoke()
        operator.execute(context)

        operator.on_kill()

        assert "could not be cancelled" in task_log.text
