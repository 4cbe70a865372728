from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_lambda_bridge.exceptions import LambdaPayloadError
from airflow_lambda_bridge.payload import payload_json


@pytest.mark.parametrize(
    "text", ['{"n": 1.0}', "12345678901234567890123", ' {"a": 1, "a": 2}\n', '"é"', '"\\u00e9"', "null"]
)
def test_json_text_is_not_changed(text: str) -> None:
    assert payload_json(text) == text.encode()
    assert payload_json(text.encode()) == text.encode()
    assert payload_json(bytearray(text.encode())) == text.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"key": "é", "list": [1, 1.0, None]}, '{"key": "é", "list": [1, 1.0, null]}'),
        ([], "[]"),
        ({}, "{}"),
        (False, "false"),
        (0, "0"),
        (10**30, "1" + "0" * 30),
    ],
)
def test_any_other_value_is_serialized_as_json(value: Any, text: str) -> None:
    assert payload_json(value) == text.encode()


@pytest.mark.parametrize("nothing", [None, "", b"", bytearray()])
def test_an_empty_value_is_no_payload(nothing: Any) -> None:
    assert payload_json(nothing) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "{'key': 'hunter2'}",
        '{"password": hunter2}',
        "NaN",
        '{"n": -Infinity}',
        b'"hunter2 \xff"',
        '"hunter2 \ud800"',
        b"\xff\xfe",
        bytearray(b'"hunter2 \xff"'),
        {"when": object()},
        {"n": float("nan")},
        {"text": "hunter2 \ud800"},
        "[" * 200_000,
    ],
)
def test_an_invalid_payload_is_refused_and_not_shown_in_the_error(wrong: Any) -> None:
    with pytest.raises(LambdaPayloadError, match=r"^The payload ") as raised:
        payload_json(wrong)

    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert isinstance(raised.value, AirflowFailException)
