from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from airflow_lambda_bridge.exceptions import (
    LambdaBridgeRequestError,
    LambdaBridgeUnavailable,
    LambdaInvocationFailed,
)
from airflow_lambda_bridge.execution import Execution
from airflow_lambda_bridge.execution_query import ExecutionQuery
from airflow_lambda_bridge.hooks import MAX_INLINE_PAYLOAD_BYTES, LambdaBridgeHook, LambdaHook
from airflow_lambda_bridge.submission import Submission
from conftest import Connect
from fake_bridge import EXECUTION_ID, FakeBridge, Reply, execution, failed, problem

SUBMIT = "POST /v1/executions"
GET = f"GET /v1/executions/{EXECUTION_ID}"


def test_the_amazon_provider_s_name_is_an_alias() -> None:
    assert LambdaHook is LambdaBridgeHook


def test_only_a_submit_with_an_idempotency_key_is_retried(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    bridge.set_replies(SUBMIT, Reply(drop=True), Reply(201, execution("queued")))
    assert hook.submit(Submission(function="f", idempotency_key="key")).state == "queued"
    assert [received.body for received in bridge.received] == [bridge.received[0].body] * 2

    bridge.set_replies(SUBMIT, Reply(drop=True), Reply(201, execution("queued")))
    with pytest.raises(LambdaBridgeUnavailable):
        hook.submit(Submission(function="f"))
    assert len(bridge.received) == 3


@pytest.mark.parametrize("airflow", [None, {"task_id": "t"}])
def test_a_rerun_after_a_failure_is_sent_once_without_a_try_number(
    bridge: FakeBridge, hook: LambdaBridgeHook, airflow: dict[str, Any] | None
) -> None:
    bridge.set_replies(SUBMIT, Reply(drop=True), Reply(201, execution("queued")))

    with pytest.raises(LambdaBridgeUnavailable):
        hook.submit(Submission(function="f", idempotency_key="key", rerun_failed=True, airflow=airflow))
    assert len(bridge.received) == 1


def test_a_rerun_after_a_failure_is_retried_with_a_try_number(
    bridge: FakeBridge, hook: LambdaBridgeHook
) -> None:
    bridge.set_replies(SUBMIT, Reply(drop=True), Reply(201, execution("queued")))
    airflow = {"dag_id": "d", "run_id": "r", "task_id": "t", "try_number": 1}

    submission = Submission(function="f", idempotency_key="key", rerun_failed=True, airflow=airflow)
    assert hook.submit(submission).state == "queued"
    assert len(bridge.received) == 2


def test_a_large_payload_is_uploaded_first(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    ref = {"uri": "s3://bucket/sha", "size": 1, "sha256": "0" * 64, "content_type": "application/json"}
    bridge.set_replies("POST /v1/payloads", Reply(201, ref))
    bridge.set_replies(SUBMIT, Reply(201, execution("queued")))
    fits = '"' + "x" * (MAX_INLINE_PAYLOAD_BYTES - 2) + '"'

    hook.submit(Submission(function="f", payload=fits))
    hook.submit(Submission(function="f", payload=fits + " "))

    inline, upload, by_ref = bridge.received
    assert inline.json == {"function": "f", "payload": fits[1:-1]}
    assert upload.route == "POST /v1/payloads"
    assert upload.headers["content-type"] == "application/json"
    assert upload.body == fits.encode() + b" "
    assert by_ref.json == {"function": "f", "payload_ref": ref}


def test_a_payload_within_lambda_s_limit_is_not_uploaded(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    bridge.set_replies(SUBMIT, Reply(201, execution("queued")))
    largest_of_the_bridge = 6 * 1024 * 1024 - 10_240

    hook.submit(Submission(function="f", payload=["x" * (largest_of_the_bridge - 4)]))

    assert [received.route for received in bridge.received] == [SUBMIT]


def test_waiting_is_a_series_of_long_polls_until_the_end(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    bridge.set_replies(GET, execution("queued"), execution("running"), execution())

    ended = hook.wait_for_end(Execution.from_dict(execution("queued")), poll_interval=0)

    assert ended.is_successful
    assert [received.query for received in bridge.received] == [{"wait": "30.0"}] * 3


def test_waiting_stops_after_the_given_time(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    bridge.set_replies(GET, execution("running"))

    started = time.monotonic()
    waiting = hook.wait_for_end(Execution.from_dict(execution("queued")), 0.3, poll_interval=0.1)

    assert waiting.state == "running"
    assert 0.3 <= time.monotonic() - started < 2
    # The interval is kept although the bridge responds at once here.
    assert 2 <= len(bridge.received) <= 4


def test_an_ended_execution_is_not_polled(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    assert hook.wait_for_end(Execution.from_dict(execution())).is_successful
    assert bridge.received == []


def test_waiting_survives_a_restart_of_the_bridge(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    busy = problem(503, "unavailable", "No database.")
    bridge.set_replies(GET, Reply(drop=True), busy, execution())

    assert hook.wait_for_end(Execution.from_dict(execution("running"))).is_successful


def test_an_event_is_awaited_until_lambda_has_accepted_it(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    invoking = execution("running", invocation_type="Event")
    accepted = execution("running", invocation_type="Event", request_id="r")
    bridge.set_replies(GET, invoking, accepted)

    waiting = hook.wait_for_acceptance(Execution.from_dict(execution("queued")), poll_interval=0.01)

    assert waiting.request_id == "r"


def test_an_event_that_lambda_rejects_is_an_error(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    bridge.set_replies(GET, failed("throttled"))

    with pytest.raises(LambdaInvocationFailed, match="did not execute: throttled"):
        hook.wait_for_acceptance(Execution.from_dict(execution("queued")), poll_interval=0.01)


def test_an_error_of_the_function_does_not_affect_acceptance(
    bridge: FakeBridge, hook: LambdaBridgeHook
) -> None:
    assert hook.wait_for_acceptance(Execution.from_dict(failed("function_error"))).state == "failed"


@pytest.mark.parametrize("result", [b"1.0", b"12345678901234567890123", b'{"a": 1, "a": 2}', b"null", b""])
def test_the_result_is_read_as_the_function_wrote_it(
    bridge: FakeBridge, hook: LambdaBridgeHook, result: bytes
) -> None:
    bridge.set_replies(f"{GET}/result", result)

    assert hook.result(EXECUTION_ID) == result


def test_a_missing_result_is_empty_but_a_missing_execution_is_an_error(
    bridge: FakeBridge, hook: LambdaBridgeHook
) -> None:
    bridge.set_replies(f"{GET}/result", problem(404, "no_result", "It has no result."))
    assert hook.result(EXECUTION_ID) == b""

    bridge.set_replies(f"{GET}/result", problem(404, "not_found", "It does not exist."))
    with pytest.raises(LambdaBridgeRequestError, match="does not exist"):
        hook.result(EXECUTION_ID)


def test_cancel_returns_what_was_possible(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    cancellation = {"effect": "recorded", "message": "Lambda cannot stop a running function."}
    bridge.set_replies(
        f"POST /v1/executions/{EXECUTION_ID}/cancel", execution("cancelled", cancellation=cancellation)
    )

    assert hook.cancel(EXECUTION_ID) == "Lambda cannot stop a running function."


def test_cancel_stops_before_airflow_kills_the_worker(bridge: FakeBridge, connect: Connect) -> None:
    # Longer than the 3 s that the assertion below allows.
    bridge.set_replies(f"POST /v1/executions/{EXECUTION_ID}/cancel", Reply(before=lambda: time.sleep(3.5)))
    connect(bridge.url, extra={"timeout_seconds": 30, "retry_seconds": 30})

    started = time.monotonic()
    with pytest.raises(LambdaBridgeUnavailable, match="ReadTimeout"):
        LambdaBridgeHook().cancel(EXECUTION_ID)
    assert time.monotonic() - started < 3
    assert len(bridge.received) == 1


def test_the_newest_execution_is_found_by_its_run_task_and_type(
    bridge: FakeBridge, hook: LambdaBridgeHook
) -> None:
    query: dict[str, Any] = {"dag_id": "d", "run_id": "r", "function": "f"}
    page = {"executions": [execution("running"), execution("failed", invocation_type="Event")]}
    bridge.set_replies("GET /v1/executions", page)

    newest = hook.find_newest(ExecutionQuery(**query, task_id="t", map_index=0))
    event = hook.find_newest(ExecutionQuery(**query, invocation_type="Event"))
    dry_run = hook.find_newest(ExecutionQuery(**query, invocation_type="DryRun"))

    assert newest is not None
    assert newest.state == "running"
    assert bridge.received[0].query == {**query, "task_id": "t", "map_index": "0", "limit": "1"}
    assert event is not None
    assert event.state == "failed"
    assert bridge.received[1].query == {**query, "limit": "500"}
    assert dry_run is None


class TestEncodeLogResult:
    def test_it_returns_the_lines_with_or_without_empty_ones(self) -> None:
        log_result = base64.b64encode(b"one\n\ntwo\n\n").decode()

        assert LambdaHook.encode_log_result(log_result) == ["one", "", "two", ""]
        assert LambdaHook.encode_log_result(log_result, keep_empty_lines=False) == ["one", "two"]
        assert LambdaHook.encode_log_result("") == []

    @pytest.mark.parametrize("broken", ["b25lCg=", None, base64.b64encode(b"\xff").decode()])
    def test_it_returns_none_for_an_invalid_log_result(self, broken: Any) -> None:
        assert LambdaHook.encode_log_result(broken) is None


class TestTestConnection:
    def test_a_bridge_that_responds_is_a_success(self, bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
        bridge.set_replies("GET /v1/executions", {"executions": []})

        assert hook.test_connection() == (
            True,
            f"The Lambda bridge at {bridge.url} responds and accepts the connection.",
        )

    def test_a_wrong_token_is_reported(self, bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
        bridge.set_replies("GET /v1/executions", problem(401, "unauthorized", "The token is not known."))

        good, message = hook.test_connection()
        assert not good
        assert "unauthorized" in message

    def test_a_missing_host_is_reported(self, connect: Connect) -> None:
        connect("")

        good, message = LambdaBridgeHook().test_connection()
        assert not good
        assert "has no host" in message
