"""The operator with the invocation types Event and RequestResponse, with and without waiting for the end."""

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
ACCEPTED = {"invocation_type": "Event", "request_id": "r"}


def invoke(**arguments: Any) -> LambdaInvokeFunctionOperator:
    arguments = {"poll_interval": 0.01, **arguments}
    return LambdaInvokeFunctionOperator(task_id="invoke", function_name="my_lambda_function", **arguments)


class TestEvent:
    def test_the_task_succeeds_as_soon_as_lambda_has_accepted_it(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        invoking = execution("running", invocation_type="Event")
        bridge.set_execution(
            execution("queued", invocation_type="Event"), invoking, execution("running", **ACCEPTED)
        )

        assert invoke(invocation_type="Event").execute(context) == ""
        assert len(bridge.requests(GET)) == 2

    def test_the_task_fails_if_lambda_rejects_it(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(
            execution("queued", invocation_type="Event"), failed("throttled", invocation_type="Event")
        )

        with pytest.raises(LambdaInvocationFailed):
            invoke(invocation_type="Event").execute(context)

    def test_with_wait_for_completion_it_is_awaited_until_its_end(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        bridge.set_execution(
            execution("queued", invocation_type="Event"),
            execution("running", **ACCEPTED),
            failed(invocation_type="Event"),
        )

        with pytest.raises(LambdaFunctionError):
            invoke(invocation_type="Event", wait_for_completion=True).execute(context)

    def test_without_wait_for_completion_a_response_is_not_awaited(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        bridge.set_execution(execution("queued"), execution("running"))

        assert invoke(wait_for_completion=False).execute(context) == ""
