from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)

from airflow_lambda_bridge.exceptions import (
    LambdaBridgeUnavailable,
    LambdaFunctionError,
    LambdaSensorFailed,
)
from airflow_lambda_bridge.sensors import LambdaSensor
from airflow_lambda_bridge.triggers import LambdaExecutionTrigger
from conftest import Connect, TaskLog
from fake_bridge import EXECUTION_ID, FakeBridge, Reply, execution, failed, problem

LIST = "GET /v1/executions"
GET = f"GET /v1/executions/{EXECUTION_ID}"
NONE: dict[str, Any] = {"executions": []}


def sensor(**arguments: Any) -> LambdaSensor:
    defaults: dict[str, Any] = {"function_name": "f", "check_interval": 0.01, "timeout": 10}
    return LambdaSensor(task_id="check", **{**defaults, **arguments})


def by_id(**arguments: Any) -> LambdaSensor:
    return sensor(function_name=None, execution_id=EXECUTION_ID, **arguments)


def page(*states: str, **members: Any) -> dict[str, Any]:
    return {"executions": [execution(state, **members) for state in states]}


class TestByFunctionName:
    def test_it_waits_until_the_run_has_an_execution_and_then_for_its_end(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(execution("running"), execution("running"), execution())
        bridge.set_replies(LIST, NONE, NONE, page("running"))

        assert sensor().execute(context) is None

        assert bridge.received[0].query == {
            "dag_id": "my_dag",
            "run_id": "manual__2026-11-01",
            "function": "f",
            "limit": "1",
        }
        assert task_log.messages.count("No execution of f in this DAG run yet.") == 2

    def test_executions_of_another_invocation_type_are_ignored(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        bridge.set_execution(execution(invocation_type="Event"))
        bridge.set_replies(
            LIST,
            page("failed"),
            {"executions": [execution("failed"), execution("running", invocation_type="Event")]},
        )

        sensor(invocation_type="Event").execute(context)

        assert len(bridge.requests(LIST)) == 2
        assert len(bridge.requests(GET)) == 1

    @pytest.mark.parametrize("name", ["f:live", "arn:aws:lambda:eu-central-1:123456789012:function:f:live"])
    def test_executions_with_another_qualifier_are_ignored(
        self, bridge: FakeBridge, context: Any, name: str
    ) -> None:
        bridge.set_execution(execution(qualifier="live"))
        others = [execution("failed", qualifier="next"), execution("failed")]
        bridge.set_replies(
            LIST, {"executions": others}, {"executions": [*others, execution("running", qualifier="live")]}
        )

        sensor(function_name=name).execute(context)

        assert len(bridge.requests(LIST)) == 2

    @pytest.mark.parametrize("name", ["f", "my_function", "123456789012:function:f"])
    def test_a_name_without_a_qualifier_matches_every_qualifier(
        self, bridge: FakeBridge, context: Any, name: str
    ) -> None:
        bridge.set_execution(execution(qualifier="live"))
        bridge.set_replies(LIST, page("succeeded", qualifier="live"))

        sensor(function_name=name).execute(context)

        assert len(bridge.requests(LIST)) == 1

    def test_task_and_map_index_restrict_the_search(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution())
        bridge.set_replies(LIST, page("succeeded"))

        sensor(invoke_task_id="invoke", map_index=2).execute(context)

        assert bridge.received[0].query["task_id"] == "invoke"
        assert bridge.received[0].query["map_index"] == "2"

    def test_in_a_mapped_task_group_a_template_gives_the_map_index(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        bridge.set_execution(execution())
        bridge.set_replies(LIST, page("succeeded"))
        context["ti"].map_index = 3

        check = sensor(map_index="{{ ti.map_index }}")
        check.render_template_fields(context)
        check.execute(context)

        assert bridge.received[0].query["map_index"] == "3"


class TestById:
    def test_it_polls_only_that_execution(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution(), result=b"1.0")

        assert by_id().execute(context) == "1.0"
        assert bridge.requests(LIST) == []

    @pytest.mark.parametrize("arguments", [{}, {"execution_id": "1", "function_name": "f"}])
    def test_exactly_one_of_id_and_name_must_be_given(self, arguments: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="either execution_id or function_name"):
            LambdaSensor(task_id="check", **arguments)


class TestInterval:
    def test_check_interval_is_the_poke_interval(self) -> None:
        assert sensor(check_interval=30).poke_interval == 30
        assert sensor(check_interval=timedelta(minutes=1)).poke_interval == 60
        assert sensor(check_interval=None, poke_interval=5).poke_interval == 5

    def test_on_a_worker_each_poke_is_a_long_poll(self, bridge: FakeBridge, context: Any) -> None:
        def waits(**arguments: Any) -> list[str | None]:
            bridge.received.clear()
            bridge.set_execution(execution("queued"), execution("running"), execution())
            by_id(**arguments).poke(context)
            return [received.query.get("wait") for received in bridge.requests(GET)]

        assert waits(check_interval=12) == [None, "12.0"]
        assert waits(check_interval=300) == [None, "30.0"]
        assert waits(check_interval=300, mode="reschedule") == [None]

    def test_it_times_out(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution("running"))

        with pytest.raises(AirflowSensorTimeout):
            by_id(timeout=0.1).execute(context)


class TestEnd:
    TAIL = "START RequestId: r\nreading\nEND RequestId: r\n"

    @pytest.mark.parametrize("end", [execution(), failed()])
    def test_the_log_is_written_once(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog, end: dict[str, Any]
    ) -> None:
        bridge.set_execution(execution("running"), execution("running"), {**end, "log_tail": self.TAIL})

        if end["state"] == "failed":
            with pytest.raises(LambdaSensorFailed):
                by_id().execute(context)
        else:
            by_id().execute(context)

        assert task_log.messages.count("reading") == 1

    def test_a_failed_function_fails_the_sensor_without_retries(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        bridge.set_execution(failed())

        with pytest.raises(LambdaSensorFailed, match="function_error: KeyError: 'customer'") as raised:
            by_id().execute(context)

        assert isinstance(raised.value, AirflowFailException)
        assert isinstance(raised.value.__cause__, LambdaFunctionError)

    def test_a_cancelled_execution_fails_the_sensor(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution("cancelled"))

        with pytest.raises(LambdaSensorFailed, match="was cancelled"):
            by_id().execute(context)

    def test_soft_fail_skips(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(failed())

        with pytest.raises(AirflowSkipException):
            by_id(soft_fail=True).execute(context)
        with pytest.raises(AirflowSkipException):
            by_id(soft_fail=True, deferrable=True).execute(context)
        event = {"execution_id": EXECUTION_ID, "state": "failed", "deadline": None}
        with pytest.raises(AirflowSkipException):
            by_id(soft_fail=True).resume_execution("execute_complete", {"event": event}, context)

    def test_a_retry_follows_when_the_bridge_is_down(
        self, bridge: FakeBridge, connect: Connect, context: Any
    ) -> None:
        bridge.set_replies(GET, problem(503, "unavailable", "No database."))
        connect(bridge.url, extra={"retry_seconds": 0})

        with pytest.raises(LambdaBridgeUnavailable) as raised:
            by_id().execute(context)
        assert not isinstance(raised.value, AirflowFailException)


class TestDeferral:
    def deferred(self, checking: LambdaSensor, context: Any) -> TaskDeferred:
        with pytest.raises(TaskDeferred) as raised:
            checking.execute(context)
        return raised.value

    def test_an_ended_execution_is_not_deferred(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution(), result=b"1")

        assert by_id(deferrable=True).execute(context) == "1"

    def test_it_polls_without_waiting_and_then_defers(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution("running"))

        started = time.monotonic()
        deferred = self.deferred(by_id(deferrable=True, check_interval=30, timeout=600), context)

        assert time.monotonic() - started < 2
        assert deferred.timeout == timedelta(seconds=600)
        assert isinstance(deferred.trigger, LambdaExecutionTrigger)
        assert deferred.trigger.serialize()[1] == {
            "bridge_conn_id": "lambda_bridge_default",
            "execution_id": EXECUTION_ID,
            "query": None,
            "poll_interval": 30,
            "first_poll_after": 5.0,
            "deadline": None,
            "log_cursor": None,
            "cancel_on_kill": False,
        }

    def test_by_name_the_trigger_keeps_searching_for_the_newest(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        bridge.set_replies(LIST, NONE)

        deferred = self.deferred(sensor(deferrable=True, invocation_type="Event"), context)

        assert isinstance(deferred.trigger, LambdaExecutionTrigger)
        assert deferred.trigger.execution_id is None
        assert deferred.trigger.query == {
            "dag_id": "my_dag",
            "run_id": "manual__2026-11-01",
            "function": "f",
            "task_id": None,
            "map_index": None,
            "invocation_type": "Event",
        }

    def test_the_worker_finishes_after_the_trigger(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(execution(log_tail="reading\n"), result=b'{"rows": 3}')
        event = {"execution_id": EXECUTION_ID, "state": "succeeded", "deadline": None}

        assert sensor().execute_complete(context, event) == '{"rows": 3}'
        assert task_log.messages.count("reading") == 1

    def test_it_defers_again_if_the_bridge_refused_the_trigger(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        bridge.set_replies(LIST, Reply(body=NONE))
        event = {"execution_id": None, "state": None, "deadline": None}

        with pytest.raises(TaskDeferred):
            sensor().execute_complete(context, event)


def test_every_template_field_is_an_attribute() -> None:
    assert set(LambdaSensor.template_fields) <= sensor().__dict__.keys()
