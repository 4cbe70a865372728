"""The operator with an event: what it waits for, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lambda_bridge.exceptions import (
    LambdaFunctionError,
    LambdaInvocationFailed,
)
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator
from fake_bridge import EXECUTION_ID, FakeBridge, execution, failed

SUBMIT = "POST /v1/executions"
GET = f"GET /v1/executions/{EXECUTION_ID}"
TAKEN = {"invocation_type": "Event", "request_id": "r"}


def invoke(**arguments: Any) -> LambdaInvokeFunctionOperator:
    arguments = {"poll_interval": 0.01, **arguments}
    return LambdaInvokeFunctionOperator(task_id="invoke", function_name="my_lambda_function", **arguments)


class TestEvent:
    def test_the_task_succeeds_as_soon_as_lambda_has_taken_it(self, bridge: FakeBridge, context: Any) -> None:
        invoking = execution("running", invocation_type="Event")
        bridge.answer_execution(
            execution("queued", invocation_type="Event"), invoking, execution("running", **TAKEN)
        )

        assert invoke(invocation_type="Event").execute(context) == ""
        assert len(bridge.requests(GET)) == 2

    def test_the_task_fails_when_lambda_refuses_it(self, bridge: FakeBridge, context: Any) -> None:
        bridge.answer_execution(
            execution("queued", invocation_type="Event"), failed("throttled", invocation_type="Event")
        )

        with pytest.raises(LambdaInvocationFailed):
            invoke(invocation_type="Event").execute(context)

    def test_on_request_it_is_awaited_to_its_end(self, bridge: FakeBridge, context: Any) -> None:
        bridge.answer_execution(
            execution("queued", invocation_type="Event"),
            execution("running", **TAKEN),
            failed(invocation_type="Event"),
        )

        with pytest.raises(LambdaFunctionError):
            invoke(invocation_type="Event", wait_for_completion=True).execute(context)

    def test_a_response_need_not_be_awaited(self, bridge: FakeBridge, context: Any) -> None:
        bridge.answer_execution(execution("queued"), execution("running"))

        assert invoke(wait_for_completion=False).execute(context) == ""
