"""What a task does with a result that is not text, or not JSON."""

from __future__ import annotations

import io
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_lambda_bridge.exceptions import LambdaResultError
from airflow_lambda_bridge.hooks import LambdaBridgeHook
from airflow_lambda_bridge.invocation_response import response_text
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator
from airflow_lambda_bridge.result import result_value
from airflow_lambda_bridge.sensors import LambdaSensor
from conftest import TaskLog
from fake_bridge import EXECUTION_ID, FakeBridge, execution

PDF = b"%PDF-\xff\xfe\x80\x00\n"


def invoke(**arguments: Any) -> LambdaInvokeFunctionOperator:
    return LambdaInvokeFunctionOperator(
        task_id="invoke", function_name="my_lambda_function", poll_interval=0.01, **arguments
    )


@pytest.mark.parametrize("deserialize_payload", [False, True])
def test_bytes_that_are_not_text_are_an_error_of_the_provider(
    bridge: FakeBridge, context: Any, deserialize_payload: bool
) -> None:
    bridge.set_execution(execution(), result=PDF)

    with pytest.raises(LambdaResultError, match=f"{EXECUTION_ID}.* is not text: 10 bytes") as raised:
        invoke(deserialize_payload=deserialize_payload).execute(context)

    assert isinstance(raised.value, AirflowFailException)
    assert isinstance(raised.value, ValueError)
    assert "PDF" not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("result", [b"%PDF-1.7", b"secret{", b"\xef\xbb\xbf{}", b"[" * 200_000])
def test_text_that_is_not_json_is_an_error_only_with_deserialize_payload(
    bridge: FakeBridge, context: Any, result: bytes
) -> None:
    bridge.set_execution(execution(), result=result)
    assert invoke().execute(context) == result.decode()

    bridge.set_execution(execution(), result=result)
    with pytest.raises(LambdaResultError, match=r"is not JSON: .*deserialize_payload=False") as raised:
        invoke(deserialize_payload=True).execute(context)
    assert "secret" not in str(raised.value)


def test_outside_of_a_task_it_is_the_same_error(bridge: FakeBridge) -> None:
    outside: Any = None
    bridge.set_execution(execution("queued"), execution(), result=PDF)
    with pytest.raises(LambdaResultError, match="is not text"):
        invoke().execute(outside)

    bridge.set_execution(execution("queued"), execution(), result=b"text")
    with pytest.raises(LambdaResultError, match="is not JSON"):
        invoke(deserialize_payload=True).execute(outside)


def test_the_hook_returns_the_bytes(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    bridge.set_execution(execution("queued"), execution(), result=PDF)

    assert hook.result(EXECUTION_ID) == PDF
    assert hook.invoke_lambda(function_name="f")["Payload"].read() == PDF


def test_an_error_document_that_is_not_text_is_still_raised_as_the_function_s_error() -> None:
    response = {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": io.BytesIO(b"no \xff customer")}

    with pytest.raises(ValueError, match=r"resulted in error.* customer"):
        response_text(response)


def test_a_sensor_succeeds_without_a_value(bridge: FakeBridge, context: Any, task_log: TaskLog) -> None:
    bridge.set_execution(execution(), result=PDF)
    sensor = LambdaSensor(task_id="check", execution_id=EXECUTION_ID, check_interval=0.01, timeout=10)

    assert sensor.execute(context) is None
    assert any("is not text" in message for message in task_log.messages)


def test_a_bytearray_payload_is_sent_like_bytes(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    bridge.set_execution(execution("queued"), execution())

    hook.invoke_lambda(function_name="f", payload=bytearray(b'{"n": 1.0}'))

    assert bridge.received[0].body == b'{"function": "f", "payload": {"n": 1.0}}'


def test_an_empty_result_has_no_value() -> None:
    assert result_value("", None) is None
