"""Compatibility with the Amazon provider's operator of the same name."""

from __future__ import annotations

import base64
import io
from typing import Any
from unittest import mock

import pytest

from airflow_lambda_bridge.hooks import LambdaHook
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator
from conftest import TaskLog
from fake_bridge import FakeBridge, execution, failed

PAYLOADS = pytest.mark.parametrize(
    "payload", ['{"name": "value"}', b'{"name": "value"}'], ids=["text", "bytes"]
)
LOG_RESULT = base64.b64encode(b"first\n\nlast\n\n").decode()
HEADER = "The last 4 KB of the Lambda execution log"
OUTSIDE: Any = None


@PAYLOADS
def test_arguments_are_kept_as_given(payload: str | bytes) -> None:
    arguments: dict[str, Any] = {
        "function_name": "function",
        "payload": payload,
        "log_type": "None",
        "aws_conn_id": "aws",
        "region_name": "mars-north-1",
        "verify": "/path/ca.pem",
        "botocore_config": {"no_such_option": 1},
        "qualifier": "q",
        "invocation_type": "x",
        "client_context": "y",
        "keep_empty_log_lines": False,
    }

    operator = LambdaInvokeFunctionOperator(task_id="task", region="ignored", **arguments)

    assert {name: getattr(operator, name) for name in arguments} == arguments


def test_defaults_are_those_of_the_amazon_provider() -> None:
    operator = LambdaInvokeFunctionOperator(task_id="task", function_name="function")

    assert operator.aws_conn_id == "aws_default"
    assert operator.keep_empty_log_lines is True
    for name in ("log_type", "qualifier", "invocation_type", "client_context", "payload", "region_name"):
        assert getattr(operator, name) is None


def test_every_template_field_is_an_attribute_and_none_is_missing() -> None:
    operator = LambdaInvokeFunctionOperator(task_id="task", function_name="function")

    assert set(operator.template_fields) <= operator.__dict__.keys()
    assert set(operator.template_fields) >= {
        "aws_conn_id",
        "function_name",
        "invocation_type",
        "payload",
        "qualifier",
        "region_name",
        "verify",
    }


@PAYLOADS
@pytest.mark.parametrize("keep_empty_log_lines", [True, False])
@pytest.mark.parametrize(
    ("log_result", "readable"),
    [(LOG_RESULT, True), (LOG_RESULT[:-3], False), (None, False), ("absent", False)],
    ids=["log", "corrupt", "none", "absent"],
)
def test_outside_of_a_task_it_calls_the_hook_once(
    payload: str | bytes,
    keep_empty_log_lines: bool,
    log_result: str | None,
    readable: bool,
    task_log: TaskLog,
) -> None:
    response: dict[str, Any] = {
        "ResponseMetadata": {},
        "StatusCode": 200,
        "Payload": io.BytesIO(b"not even json"),
    }
    if log_result != "absent":
        response["LogResult"] = log_result
    operator = LambdaInvokeFunctionOperator(
        task_id="task",
        function_name="a",
        invocation_type="b",
        log_type="c",
        keep_empty_log_lines=keep_empty_log_lines,
        client_context="d",
        payload=payload,
        qualifier="f",
    )

    with (
        mock.patch.object(LambdaHook, "invoke_lambda", return_value=response) as invoke_lambda,
        mock.patch.object(LambdaHook, "conn"),
    ):
        assert operator.execute(OUTSIDE) == "not even json"

    invoke_lambda.assert_called_once_with(
        function_name="a",
        invocation_type="b",
        log_type="c",
        client_context="d",
        payload=payload,
        qualifier="f",
    )
    assert (HEADER in task_log.text) == readable
    assert ("first" in task_log.messages) == readable
    assert ("last" in task_log.messages) == readable
    assert ("" in task_log.messages) == (readable and keep_empty_log_lines)


def test_an_error_status_code_is_raised_before_the_payload_is_read() -> None:
    operator = LambdaInvokeFunctionOperator(task_id="task", function_name="function")
    response = {"ResponseMetadata": "", "StatusCode": 404, "FunctionError": "Unhandled"}

    with mock.patch.object(
        LambdaInvokeFunctionOperator, "hook", new_callable=mock.PropertyMock
    ) as hook_property:
        hook_property.return_value.invoke_lambda.return_value = response
        with pytest.raises(ValueError, match="Lambda function did not execute"):
            operator.execute(OUTSIDE)


def test_a_function_error_is_raised_with_the_payload_of_the_response(task_log: TaskLog) -> None:
    operator = LambdaInvokeFunctionOperator(task_id="task", function_name="function")
    response = {
        "ResponseMetadata": {},
        "StatusCode": 200,
        "FunctionError": "Unhandled",
        "LogResult": LOG_RESULT,
        "Payload": io.BytesIO(b'{"errorMessage": "no customer"}'),
    }

    with (
        mock.patch.object(LambdaHook, "invoke_lambda", return_value=response),
        mock.patch.object(LambdaHook, "conn"),
        pytest.raises(ValueError, match=r"Lambda function execution resulted in error.*no customer"),
    ):
        operator.execute(OUTSIDE)
    assert "first" in task_log.messages


@PAYLOADS
def test_outside_of_a_task_only_the_arguments_are_sent(
    bridge: FakeBridge, payload: str | bytes, task_log: TaskLog
) -> None:
    bridge.set_execution(execution("queued"), execution(log_tail="first\nlast\n"), result=b'"hi"')
    operator = LambdaInvokeFunctionOperator(task_id="task", function_name="function", payload=payload)

    assert operator.execute(OUTSIDE) == '"hi"'
    assert bridge.received[0].json == {"function": "function", "payload": {"name": "value"}}
    assert "first" in task_log.messages


def test_outside_of_a_task_the_function_can_get_the_envelope_too(bridge: FakeBridge) -> None:
    bridge.set_execution(execution("queued"), execution())
    operator = LambdaInvokeFunctionOperator(task_id="task", function_name="function", envelope=True)

    operator.execute(OUTSIDE)

    assert bridge.received[0].json == {"function": "function", "envelope": True}


def test_outside_of_a_task_a_tenant_can_be_named_too(bridge: FakeBridge) -> None:
    bridge.set_execution(execution("queued"), execution())
    operator = LambdaInvokeFunctionOperator(task_id="task", function_name="function", tenant_id="blue")

    operator.execute(OUTSIDE)

    assert bridge.received[0].json == {"function": "function", "tenant_id": "blue"}


def test_outside_of_a_task_the_function_s_error_is_raised(bridge: FakeBridge) -> None:
    bridge.set_execution(execution("queued"), failed())
    operator = LambdaInvokeFunctionOperator(task_id="task", function_name="function")

    with pytest.raises(ValueError, match=r"Lambda function execution resulted in error.*'customer'"):
        operator.execute(OUTSIDE)


def test_it_can_be_mapped_with_the_arguments_of_the_amazon_provider() -> None:
    from airflow.providers.common.compat.sdk import DAG

    with DAG(dag_id="mapped", schedule=None):
        mapped = LambdaInvokeFunctionOperator.partial(
            task_id="task", function_name="function", aws_conn_id="aws", region="r", botocore_config={}
        ).expand(payload=["1", "2"])

    assert mapped.task_id == "task"
