"""The hook's boto3-like call."""

from __future__ import annotations

import base64

import pytest

from airflow_lambda_bridge.exceptions import LambdaInvocationFailed
from airflow_lambda_bridge.hooks import LambdaBridgeHook
from fake_bridge import EXECUTION_ID, FakeBridge, execution, failed

SUBMIT = "POST /v1/executions"
GET = f"GET /v1/executions/{EXECUTION_ID}"


class TestInvokeLambda:
    """As called by code written for the Amazon provider's hook."""

    @pytest.mark.parametrize("payload", ['{"hello": "airflow"}', b'{"hello": "airflow"}'])
    def test_it_sends_only_the_given_arguments(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, payload: str | bytes
    ) -> None:
        bridge.set_execution(execution("queued"), execution(request_id="r"), result=b'"hi"')

        response = hook.invoke_lambda(function_name="f", payload=payload)

        assert bridge.received[0].body == b'{"function": "f", "payload": {"hello": "airflow"}}'
        assert response["StatusCode"] == 200
        assert response["ResponseMetadata"]["RequestId"] == "r"
        assert response["Payload"].read() == b'"hi"'
        assert "FunctionError" not in response
        assert "LogResult" not in response

    def test_every_argument_reaches_the_bridge(self, bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
        bridge.set_execution(execution("queued"), execution())

        hook.invoke_lambda(
            function_name="a",
            invocation_type="b",
            log_type="c",
            client_context="d",
            payload=b"1",
            qualifier="f",
            tenant_id="g",
        )

        assert bridge.received[0].json == {
            "function": "a",
            "invocation_type": "b",
            "log_type": "c",
            "client_context": "d",
            "payload": 1,
            "qualifier": "f",
            "tenant_id": "g",
        }

    def test_an_error_of_the_function_is_in_the_response(
        self, bridge: FakeBridge, hook: LambdaBridgeHook
    ) -> None:
        bridge.set_execution(execution("queued"), failed(log_tail="START\nEND\n", executed_version="7"))

        response = hook.invoke_lambda(function_name="f")

        assert response["StatusCode"] == 200
        assert response["FunctionError"] == "Unhandled"
        assert response["ExecutedVersion"] == "7"
        assert base64.b64decode(response["LogResult"]) == b"START\nEND\n"
        assert response["Payload"].read() == (
            b'{"errorMessage": "\'customer\'", "errorType": "KeyError", '
            b'"stackTrace": ["File app.py, line 7, in handler"]}'
        )

    def test_a_rejection_by_lambda_is_raised(self, bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
        bridge.set_execution(execution("queued"), failed("invoke_rejected"))

        with pytest.raises(LambdaInvocationFailed):
            hook.invoke_lambda(function_name="f")

    @pytest.mark.parametrize(("kind", "status"), [("Event", 202), ("DryRun", 204)])
    def test_the_other_invocation_types_have_their_own_status_code(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, kind: str, status: int
    ) -> None:
        bridge.set_execution(execution("succeeded", invocation_type=kind))

        response = hook.invoke_lambda(function_name="f", invocation_type=kind)

        assert response["StatusCode"] == status
        assert response["Payload"].read() == b""

    def test_an_event_is_not_awaited_until_its_end(self, bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
        bridge.set_execution(execution("running", invocation_type="Event", request_id="r"))

        assert hook.invoke_lambda(function_name="f", invocation_type="Event")["StatusCode"] == 202
