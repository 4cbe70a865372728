"""The client against a real server: which requests are retried, and which errors are raised."""

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

READ = BridgeRequest("GET", "/thing", idempotent=True)
ONCE = BridgeRequest("POST", "/thing", idempotent=False, content=b"{}")
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
    "failure",
    [Reply(drop=True), BUSY, problem(500, "internal", "A bug."), Reply(502, b"<html>"), Reply(429, b"")],
)
def test_an_idempotent_request_is_retried_until_it_succeeds(
    bridge: FakeBridge, failure: Reply, sender: Any
) -> None:
    bridge.set_replies("GET /thing", failure, failure, OK)

    assert sender(bridge, READ) == OK
    assert len(bridge.received) == 3


@pytest.mark.parametrize("sender", [send, send_async])
@pytest.mark.parametrize("failure", [Reply(drop=True), BUSY, problem(500, "internal", "A bug.")])
def test_a_request_that_is_not_idempotent_is_sent_once(
    bridge: FakeBridge, failure: Reply, sender: Any
) -> None:
    bridge.set_replies("POST /thing", failure, OK)

    with pytest.raises(LambdaBridgeUnavailable):
        sender(bridge, ONCE)
    assert len(bridge.received) == 1


def test_after_429_every_request_is_retried(bridge: FakeBridge) -> None:
    bridge.set_replies("POST /thing", problem(429, "too_many_requests", "Slow down."), OK)

    assert send(bridge, ONCE) == OK


def test_every_request_is_retried_if_it_could_not_connect() -> None:
    port = free_port()
    settings = BridgeSettings("bridge", f"http://127.0.0.1:{port}", retry_seconds=0.4)

    started = time.monotonic()
    with BridgeClient(settings) as client, pytest.raises(LambdaBridgeUnavailable) as raised:
        client.send(ONCE)

    assert 0.05 < time.monotonic() - started < 2
    assert f"http://127.0.0.1:{port} (connection 'bridge') did not answer: ConnectError" in str(raised.value)
    assert "Check that the bridge is running" in str(raised.value)
    assert not isinstance(raised.value, AirflowFailException)


def test_retry_after_is_obeyed(bridge: FakeBridge) -> None:
    later = Reply(503, BUSY.body, headers=(("Retry-After", "1"),))
    bridge.set_replies("GET /thing", later, OK)

    started = time.monotonic()
    assert send(bridge, READ) == OK
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("value", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_retry_after_beyond_retry_seconds_fails_at_once(bridge: FakeBridge, value: str) -> None:
    bridge.set_replies("GET /thing", Reply(503, BUSY.body, headers=(("Retry-After", value),)))

    started = time.monotonic()
    with pytest.raises(LambdaBridgeUnavailable, match="503 shutting_down: The bridge is stopping"):
        send(bridge, READ)
    assert time.monotonic() - started < 2
    assert len(bridge.received) == 1


@pytest.mark.parametrize("value", ["soon", "", "Wed, 21 Oct 1999 07:28:00 GMT"])
def test_an_invalid_or_past_retry_after_is_ignored(bridge: FakeBridge, value: str) -> None:
    bridge.set_replies("GET /thing", Reply(503, BUSY.body, headers=(("Retry-After", value),)), OK)

    assert send(bridge, READ) == OK


def test_a_response_timeout_means_unavailable(bridge: FakeBridge) -> None:
    # Longer than timeout_seconds, so that the client gives up first.
    bridge.set_replies("GET /thing", Reply(body=OK, before=lambda: time.sleep(0.5)))

    with pytest.raises(LambdaBridgeUnavailable, match="ReadTimeout"):
        send(bridge, READ, timeout_seconds=0.1, retry_seconds=0)


def test_the_wait_of_a_long_poll_is_added_to_the_timeout(bridge: FakeBridge) -> None:
    # Longer than timeout_seconds, and shorter than that with the wait of 2 s.
    bridge.set_replies("GET /v1/executions/1", Reply(body=OK, before=lambda: time.sleep(0.5)))

    assert send(bridge, requests.get_execution("1", 2), timeout_seconds=0.1, retry_seconds=0) == OK
    assert bridge.received[0].query == {"wait": "2"}


@pytest.mark.parametrize("sender", [send, send_async])
def test_the_wait_of_a_broken_long_poll_does_not_count_against_retry_seconds(
    bridge: FakeBridge, sender: Any
) -> None:
    # The bridge holds the long poll for longer than the retry_seconds below.
    broken_late = Reply(drop=True, before=lambda: time.sleep(0.8))
    bridge.set_replies("GET /v1/executions/1", broken_late, OK)

    assert sender(bridge, requests.get_execution("1", 2), retry_seconds=0.5) == OK


def test_a_refusal_is_not_retried_and_lists_every_validation_error(bridge: FakeBridge) -> None:
    faults = [
        {"pointer": "/function", "message": "is not a name"},
        {"pointer": "/log_type", "message": "must be None or Tail"},
    ]
    bridge.set_replies(
        "POST /thing", problem(422, "invalid_request", "/function: is not a name (and 1 more)", faults=faults)
    )

    with pytest.raises(LambdaBridgeRequestError) as raised:
        send(bridge, ONCE)

    assert (raised.value.status, raised.value.code) == (422, "invalid_request")
    assert "/log_type must be None or Tail" in str(raised.value)
    assert isinstance(raised.value, AirflowFailException)
    assert len(bridge.received) == 1


def test_the_error_for_a_wrong_token_names_the_connection_and_not_the_token(bridge: FakeBridge) -> None:
    bridge.set_replies("GET /thing", problem(401, "unauthorized", "The bearer token is not known."))

    with pytest.raises(LambdaBridgeRequestError, match="token\\) of connection 'bridge'") as raised:
        send(bridge, READ)
    assert "secret-token" not in str(raised.value)
    assert bridge.received[0].headers["authorization"] == "Bearer secret-token"


@pytest.mark.parametrize("sender", [send, send_async])
@pytest.mark.parametrize("body", [b"<html>It works!</html>", b"[]"])
def test_another_service_at_the_address_is_recognised(bridge: FakeBridge, body: bytes, sender: Any) -> None:
    bridge.set_replies("GET /thing", body)

    with pytest.raises(LambdaBridgeUnavailable, match="is not the Lambda bridge"):
        sender(bridge, READ)


def test_an_error_response_of_a_proxy_means_unavailable(bridge: FakeBridge) -> None:
    bridge.set_replies("GET /thing", Reply(404, b"<html>nginx</html>"))

    with pytest.raises(LambdaBridgeUnavailable, match="404 Not Found, which is not an error response"):
        send(bridge, READ)


def test_the_environment_s_proxy_is_not_used_for_loopback(
    bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    bridge.set_replies("GET /thing", OK)

    assert send(bridge, READ) == OK


def test_the_error_for_a_missing_ca_bundle_names_it() -> None:
    settings = BridgeSettings("bridge", "https://127.0.0.1:1", verify="/no/such/bundle.pem")

    with pytest.raises(LambdaBridgeConnectionError, match=r"'/no/such/bundle\.pem' is not a CA bundle"):
        BridgeClient(settings)


def test_an_execution_id_stays_one_segment_of_the_path() -> None:
    assert requests.get_execution("../x?y").path == "/v1/executions/..%2Fx%3Fy"
