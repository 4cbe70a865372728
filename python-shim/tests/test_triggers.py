from __future__ import annotations

import asyncio
import inspect
import time
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from airflow_lambda_bridge import triggers
from airflow_lambda_bridge.triggers import LambdaExecutionTrigger
from fake_bridge import EXECUTION_ID, FakeBridge, Reply, execution, failed, problem

GET = f"GET /v1/executions/{EXECUTION_ID}"
CANCEL = f"POST /v1/executions/{EXECUTION_ID}/cancel"
QUERY = {"dag_id": "d", "run_id": "r", "function": "f"}


def trigger(**arguments: Any) -> LambdaExecutionTrigger:
    defaults: dict[str, Any] = {
        "bridge_conn_id": "lambda_bridge_default",
        "execution_id": EXECUTION_ID,
        "poll_interval": 0.01,
        "first_poll_after": 0,
    }
    return LambdaExecutionTrigger(**{**defaults, **arguments})


def events(watcher: LambdaExecutionTrigger) -> list[Any]:
    async def collect() -> list[Any]:
        return [event.payload async for event in watcher.run()]

    return asyncio.run(asyncio.wait_for(collect(), 10))


def test_serialize_returns_every_argument_of_the_constructor() -> None:
    arguments: dict[str, Any] = {
        "bridge_conn_id": "bridge",
        "execution_id": EXECUTION_ID,
        "query": QUERY,
        "poll_interval": 2.5,
        "first_poll_after": 7.0,
        "deadline": 1793500000.5,
        "log_cursor": "cursor-3",
        "cancel_on_kill": True,
    }
    path, given = LambdaExecutionTrigger(**arguments).serialize()

    assert path == "airflow_lambda_bridge.triggers.LambdaExecutionTrigger"
    assert given == arguments
    assert given.keys() == inspect.signature(LambdaExecutionTrigger).parameters.keys()
    assert LambdaExecutionTrigger(**given).serialize() == (path, given)


@pytest.mark.parametrize("end", [execution(), failed(), execution("cancelled")])
def test_it_fires_once_at_the_end(bridge: FakeBridge, end: dict[str, Any]) -> None:
    bridge.set_replies(GET, execution("queued"), execution("running"), execution("in_doubt"), end)

    assert events(trigger()) == [
        {"execution_id": EXECUTION_ID, "state": end["state"], "deadline": None, "log_cursor": None}
    ]
    assert bridge.received[0].query == {"wait": "30.0"}
    assert bridge.received[0].headers["authorization"] == "Bearer secret-token"


def test_the_first_poll_waits_until_the_scheduler_has_recorded_the_deferral(bridge: FakeBridge) -> None:
    bridge.set_replies(GET, execution())

    started = time.monotonic()
    events(trigger(first_poll_after=0.3))

    assert time.monotonic() - started >= 0.3
    assert LambdaExecutionTrigger(bridge_conn_id="b").first_poll_after >= 5


def test_polls_keep_their_interval_if_the_bridge_responds_at_once(bridge: FakeBridge) -> None:
    bridge.set_replies(GET, execution("running"), execution("running"), execution())

    started = time.monotonic()
    events(trigger(poll_interval=0.2))

    assert time.monotonic() - started >= 0.4


@pytest.mark.parametrize(
    "failure", [Reply(drop=True), problem(503, "shutting_down", "Stopping."), Reply(body=b"<html>")]
)
def test_it_survives_an_outage(bridge: FakeBridge, failure: Reply) -> None:
    bridge.set_replies(GET, execution("running"), failure, failure, execution())

    assert events(trigger())[0]["state"] == "succeeded"


def test_at_the_deadline_it_polls_once_more_and_fires(bridge: FakeBridge) -> None:
    bridge.set_replies(GET, execution("running"))
    deadline = time.time() + 0.3

    assert events(trigger(deadline=deadline)) == [
        {"execution_id": EXECUTION_ID, "state": "running", "deadline": deadline, "log_cursor": None}
    ]
    assert time.time() >= deadline
    assert bridge.received[-1].query == {}


def test_an_end_seen_at_the_deadline_counts(bridge: FakeBridge) -> None:
    bridge.set_replies(GET, execution())

    assert events(trigger(deadline=time.time() - 1))[0]["state"] == "succeeded"


def test_an_outage_ends_at_the_deadline(bridge: FakeBridge) -> None:
    bridge.set_replies(GET, Reply(drop=True))

    assert events(trigger(deadline=time.time() + 0.2))[0]["state"] is None


def test_the_log_cursor_is_returned_unchanged(bridge: FakeBridge) -> None:
    bridge.set_replies(GET, execution("running"), execution())

    assert events(trigger(log_cursor="cursor-3"))[0]["log_cursor"] == "cursor-3"


def test_it_fires_without_a_state_if_the_bridge_refuses(bridge: FakeBridge) -> None:
    assert events(trigger()) == [
        {"execution_id": EXECUTION_ID, "state": None, "deadline": None, "log_cursor": None}
    ]
    assert len(bridge.received) == 1


def test_without_an_id_it_waits_until_there_is_an_execution(bridge: FakeBridge) -> None:
    bridge.set_replies("GET /v1/executions", {"executions": []}, {"executions": [execution("running")]})
    bridge.set_replies(GET, execution("running"), execution())

    assert events(trigger(execution_id=None, query=QUERY)) == [
        {"execution_id": EXECUTION_ID, "state": "succeeded", "deadline": None, "log_cursor": None}
    ]
    assert bridge.received[0].query == {**QUERY, "limit": "1"}


def test_without_an_id_an_end_in_the_list_is_enough(bridge: FakeBridge) -> None:
    bridge.set_replies("GET /v1/executions", {"executions": [execution("failed")]})

    assert events(trigger(execution_id=None, query=QUERY))[0]["state"] == "failed"
    assert len(bridge.received) == 1


class TestOnKill:
    def test_it_cancels_the_execution(self, bridge: FakeBridge) -> None:
        bridge.set_execution(execution("running"))

        asyncio.run(trigger(cancel_on_kill=True).on_kill())

        assert [received.route for received in bridge.received] == [CANCEL]

    @pytest.mark.parametrize("arguments", [{}, {"cancel_on_kill": True, "execution_id": None}])
    def test_it_does_not_cancel_without_cancel_on_kill_or_an_id(
        self, bridge: FakeBridge, arguments: dict[str, Any]
    ) -> None:
        asyncio.run(trigger(**arguments).on_kill())

        assert bridge.received == []


class TestCancelledTask:
    """A triggerer stops a trigger by cancelling it; before 3.3 that is the only sign of a kill by a user."""

    def stop(
        self, bridge: FakeBridge, *, airflow_calls_on_kill: bool, state: str | Exception | None
    ) -> list[str]:
        bridge.set_execution(execution("running"))
        watcher = trigger(cancel_on_kill=True, poll_interval=5)
        task_instance: Any = SimpleNamespace(task_id="t", dag_id="d", run_id="r", map_index=-1)
        watcher.task_instance = task_instance
        is_deferred = mock.AsyncMock(return_value=state == "deferred")
        if isinstance(state, Exception):
            is_deferred.side_effect = state

        async def main() -> None:
            task = asyncio.ensure_future(anext(watcher.run()))
            while not bridge.requests(GET):  # noqa: ASYNC110 (another thread's list)
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        with (
            mock.patch.object(triggers, "_AIRFLOW_CALLS_ON_KILL", airflow_calls_on_kill),
            mock.patch.object(triggers, "is_still_deferred", is_deferred),
        ):
            asyncio.run(main())
        return [received.route for received in bridge.requests(CANCEL)]

    def test_a_task_that_a_user_ended_has_its_execution_cancelled(self, bridge: FakeBridge) -> None:
        assert self.stop(bridge, airflow_calls_on_kill=False, state="failed") == [CANCEL]

    def test_a_trigger_that_moves_to_another_triggerer_does_not_cancel(self, bridge: FakeBridge) -> None:
        assert self.stop(bridge, airflow_calls_on_kill=False, state="deferred") == []

    def test_it_does_not_cancel_if_the_task_s_state_cannot_be_read(self, bridge: FakeBridge) -> None:
        assert self.stop(bridge, airflow_calls_on_kill=False, state=RuntimeError("no API")) == []

    def test_it_does_not_cancel_where_airflow_calls_on_kill(self, bridge: FakeBridge) -> None:
        assert self.stop(bridge, airflow_calls_on_kill=True, state="failed") == []
