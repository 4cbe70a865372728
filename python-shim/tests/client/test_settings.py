from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import Connection

from airflow_lambda_bridge.client.settings import BridgeSettings
from airflow_lambda_bridge.exceptions import LambdaBridgeConnectionError


def settings(extra: Any = None, **members: Any) -> BridgeSettings:
    text = extra if isinstance(extra, str) or extra is None else json.dumps(extra)
    return BridgeSettings.from_connection(
        Connection(conn_id="bridge", conn_type="lambda_bridge", extra=text, **members)
    )


@pytest.mark.parametrize(
    ("members", "url"),
    [
        ({"host": "bridge"}, "http://bridge:8080"),
        ({"host": "bridge", "port": 3000}, "http://bridge:3000"),
        ({"host": "bridge", "schema": "https", "port": 443}, "https://bridge"),
        ({"host": "bridge:3000"}, "http://bridge:3000"),
        ({"host": "bridge:80"}, "http://bridge"),
        ({"host": "bridge:443", "schema": "https"}, "https://bridge"),
        ({"host": "::1"}, "http://[::1]:8080"),
        ({"host": "http://127.0.0.1:3000"}, "http://127.0.0.1:3000"),
        ({"host": "https://bridge.example/"}, "https://bridge.example"),
        ({"host": "https://bridge.example", "port": 8443}, "https://bridge.example:8443"),
        ({"host": "https://gateway.example/lambda/"}, "https://gateway.example/lambda"),
    ],
)
def test_the_base_url_comes_from_host_port_and_schema_or_from_a_url(
    members: dict[str, Any], url: str
) -> None:
    assert settings(**members).base_url == url


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({}, "has no host"),
        ({"host": "ftp://bridge"}, "not an http or https URL"),
        ({"host": "http://"}, "not an http or https URL"),
        ({"host": "http://bridge:port"}, "not a URL"),
        ({"host": "http://bridge:99999"}, "not a URL"),
        ({"host": "b", "extra": "[1]"}, "extra is not a JSON object"),
        ({"host": "b", "extra": {"timeout_seconds": "soon"}}, "'timeout_seconds' is 'soon'"),
        ({"host": "b", "extra": {"timeout_seconds": 0}}, "'timeout_seconds' is 0"),
        ({"host": "b", "extra": {"retry_seconds": -1}}, "'retry_seconds' is -1"),
    ],
)
def test_the_error_for_an_invalid_connection_names_it_and_its_field(
    members: dict[str, Any], error: str
) -> None:
    with pytest.raises(LambdaBridgeConnectionError, match=error) as raised:
        settings(**members)
    assert "'bridge'" in str(raised.value)


def test_extra_sets_timeouts_and_the_certificate_check() -> None:
    given = settings({"timeout_seconds": "7", "retry_seconds": 0, "verify": "/ca.pem"}, host="b")
    assert (given.timeout_seconds, given.retry_seconds, given.verify) == (7, 0, "/ca.pem")

    absent = settings(host="b", extra={"timeout_seconds": ""})
    assert (absent.timeout_seconds, absent.retry_seconds, absent.verify) == (30, 30, True)


@pytest.mark.parametrize(
    ("word", "verify"),
    [("false", False), (False, False), ("True", True), ("", True), (None, True), (0, False)],
)
def test_verify_may_be_a_boolean_as_text(word: Any, verify: bool) -> None:
    assert settings({"verify": word}, host="b").verify is verify


def test_the_token_is_not_shown() -> None:
    given = settings(host="b", password="secret-token")
    assert given.token == "secret-token"
    assert "secret-token" not in repr(given)


def test_a_trailing_newline_is_not_part_of_the_token() -> None:
    assert settings(host="b", password="secret-token\n").token == "secret-token"
    assert settings(host="b", password="\n").token is None


@pytest.mark.parametrize("password", ["secret\ntoken", "secrét-token"])
def test_a_token_with_invalid_characters_is_a_connection_error_and_not_shown(password: str) -> None:
    with pytest.raises(LambdaBridgeConnectionError, match="'bridge': password") as raised:
        settings(host="b", password=password)
    assert "secr" not in str(raised.value)


@pytest.mark.parametrize(
    ("host", "is_loopback"), [("localhost", True), ("127.0.0.9", True), ("::1", True), ("10.0.0.1", False)]
)
def test_loopback_is_recognised(host: str, is_loopback: bool) -> None:
    assert settings(host=host).is_loopback is is_loopback
