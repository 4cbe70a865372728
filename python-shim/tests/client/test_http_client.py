"""The client against a real server: what is sent again, what is not, and which errors come of it."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_lambda_bridge.client import requests
from airflow_lambda_bridge.client.http_client import AsyncBridgeClient, BridgeClient
from airflow_lambda_bridge.client.requests import BridgeRequest
from airflow_lambda_bridge.client.settings import BridgeSettings
from airflow_lambda_bridge.exceptions import (
    LambdaBridgeConnectionError,
    LambdaBridgeRequestError,
    LambdaBridgeUnavailable,
)
from fake_bridge import FakeBridge, Reply, problem

READ = BridgeRequest("GET", "/thing", repeatable=True)
ONCE = BridgeRequest("POST", "/thing", repeatable=False, content=b"{}")
BUSY = problem(503, "shutting_down", "The bridge is stopping.")
OK: dict[str, Any] = {"ok": True}


def send(bridge: FakeBridge, request: BridgeRequest, **changes: Any) -> dict[str, Any]:
    settings = BridgeSettings("bridge", bridge.url, token="secret-token", retry_seconds=5, timeout_seconds=5)
    with BridgeClient(replace(settings, **changes)) as client:
        return client.send_for_object(request)


def send_async(bridge: FakeBridge, request: BridgeRequest, **changes: Any) -> dict[str, Any]:
    async def main() -> dict[str, Any]:
        settings = BridgeSettings("bridge", bridge.url, retry_seconds=5, timeout_seconds=5)
        async with AsyncBridgeClient(replace(settings, **changes)) as client:
            return await client.send_for_object(request)

    return asyncio.run(main())


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.parametrize("sender", [send, send_async])
@pytest.mark.parametrize(
    "trouble",
    [Reply(drop=True), BUSY, problem(500, "internal", "A bug."), Reply(502, b"<html>"), Reply(429, b"")],
)
def test_what_may_be_repeated_is_sent_until_it_passes(
    bridge: FakeBridge, trouble: Reply, sender: Any
) -> None:
    bridge.answer("GET /thing", trouble, trouble, OK)

    assert sender(bridge, READ) == OK
    assert len(bridge.asked) == 3


@pytest.mark.parametrize("sender", [send, send_async])
@pytest.mark.parametrize("trouble", [Reply(drop=True), BUSY, problem(500, "internal", "A bug.")])
def test_what_must_not_run_twice_is_sent_once(bridge: FakeBridge, trouble: Reply, sender: Any) -> None:
    bridge.answer("POST /thing", trouble, OK)

    with pytest.raises(LambdaBridgeUnavailable):
        sender(bridge, ONCE)
    assert len(bridge.asked) == 1


def test_a_request_that_the_bridge_put_off_is_sent_again_whatever_it_is(bridge: FakeBridge) -> None:
    bridge.answer("POST /thing", problem(429, "too_many_requests", "Slow down."), OK)

    assert send(bridge, ONCE) == OK


def test_a_request_that_found_no_server_is_sent_again_whatever_it_is() -> None:
    port = free_port()
    settings = BridgeSettings("bridge", f"http://127.0.0.1:{port}", retry_seconds=0.4)

    started = time.monotonic()
    with BridgeClient(settings) as client, pytest.raises(LambdaBridgeUnavailable) as raised:
        client.send(ONCE)

    assert 0.05 < time.monotonic() - started < 2
    assert f"http://127.0.0.1:{port} (connection 'bridge') did not answer: ConnectError" in str(raised.value)
    assert "Check that the bridge runs" in str(raised.value)
    assert not isinstance(raised.value, AirflowFailException)


def test_retry_after_is_waited_for(bridge: FakeBridge) -> None:
    later = Reply(503, BUSY.body, headers=(("Retry-After", "1"),))
    bridge.answer("GET /thing", later, OK)

    started = time.monotonic()
    assert send(bridge, READ) == OK
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("value", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_retry_after_beyond_the_budget_ends_at_once(bridge: FakeBridge, value: str) -> None:
    bridge.answer("GET /thing", Reply(503, BUSY.body, headers=(("Retry-After", value),)))

    started = time.monotonic()
    with pytest.raises(LambdaBridgeUnavailable, match="503 shutting_down: The bridge is stopping"):
        send(bridge, READ)
    assert time.monotonic() - started < 2
    assert len(bridge.asked) == 1


@pytest.mark.parametrize("value", ["soon", "", "Wed, 21 Oct 1999 07:28:00 GMT"])
def test_a_retry_after_that_says_nothing_is_ignored(bridge: FakeBridge, value: str) -> None:
    bridge.answer("GET /thing", Reply(503, BUSY.body, headers=(("Retry-After", value),)), OK)

    assert send(bridge, READ) == OK


def test_an_answer_that_does_not_come_in_time_is_an_outage(bridge: FakeBridge) -> None:
    bridge.answer("GET /thing", Reply(body=OK, before=lambda: time.sleep(0.5)))

    with pytest.raises(LambdaBridgeUnavailable, match="ReadTimeout"):
        send(bridge, READ, timeout_seconds=0.1, retry_seconds=0)


def test_a_long_poll_may_take_its_wait_on_top(bridge: FakeBridge) -> None:
    bridge.answer("GET /v1/executions/1", Reply(body=OK, before=lambda: time.sleep(0.5)))

    assert send(bridge, requests.get_execution("1", 2), timeout_seconds=0.1, retry_seconds=0) == OK
    assert bridge.asked[0].query == {"wait": "2"}


@pytest.mark.parametrize("sender", [send, send_async])
def test_the_time_that_a_long_poll_was_held_is_not_taken_from_the_time_for_repeats(
    bridge: FakeBridge, sender: Any
) -> None:
    # Not to await anything: so long the bridge holds the poll, longer than the time for repeats below.
    broken_late = Reply(drop=True, before=lambda: time.sleep(0.8))
    bridge.answer("GET /v1/executions/1", broken_late, OK)

    assert sender(bridge, requests.get_execution("1", 2), retry_seconds=0.5) == OK


def test_a_refusal_is_not_repeated_and_lists_every_fault(bridge: FakeBridge) -> None:
    faults = [
        {"pointer": "/function", "message": "is not a name"},
        {"pointer": "/log_type", "message": "must be None or Tail"},
    ]
    bridge.answer(
        "POST /thing", problem(422, "invalid_request", "/function: is not a name (and 1 more)", faults=faults)
    )

    with pytest.raises(LambdaBridgeRequestError) as raised:
        send(bridge, ONCE)

    assert (raised.value.status, raised.value.code) == (422, "invalid_request")
    assert "/log_type must be None or Tail" in str(raised.value)
    assert isinstance(raised.value, AirflowFailException)
    assert len(bridge.asked) == 1


def test_a_wrong_token_names_the_connection_and_not_the_token(bridge: FakeBridge) -> None:
    bridge.answer("GET /thing", problem(401, "unauthorized", "The bearer token is not known."))

    with pytest.raises(LambdaBridgeRequestError, match="token\\) of connection 'bridge'") as raised:
        send(bridge, READ)
    assert "secret-token" not in str(raised.value)
    assert bridge.asked[0].headers["authorization"] == "Bearer secret-token"


@pytest.mark.parametrize("sender", [send, send_async])
@pytest.mark.parametrize("body", [b"<html>It works!</html>", b"[]"])
def test_another_service_at_the_address_is_recognised(bridge: FakeBridge, body: bytes, sender: Any) -> None:
    bridge.answer("GET /thing", body)

    with pytest.raises(LambdaBridgeUnavailable, match="is not the Lambda bridge"):
        sender(bridge, READ)


def test_a_refusal_of_a_proxy_in_between_may_pass_and_is_told_as_such(bridge: FakeBridge) -> None:
    bridge.answer("GET /thing", Reply(404, b"<html>nginx</html>"))

    with pytest.raises(LambdaBridgeUnavailable, match="404 Not Found, without an explanation"):
        send(bridge, READ)


def test_a_proxy_of_the_environment_is_not_asked_for_the_own_machine(
    bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    bridge.answer("GET /thing", OK)

    assert send(bridge, READ) == OK


def test_a_missing_ca_bundle_is_named() -> None:
    settings = BridgeSettings("bridge", "https://127.0.0.1:1", verify="/no/such/bundle.pem")

    with pytest.raises(LambdaBridgeConnectionError, match=r"'/no/such/bundle\.pem' is no CA bundle"):
        BridgeClient(settings)


def test_an_id_from_a_template_stays_one_part_of_the_path() -> None:
    assert requests.get_execution("../x?y").path == "/v1/executions/..%2Fx%3Fy"
