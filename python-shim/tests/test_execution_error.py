from __future__ import annotations

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_lambda_bridge.exceptions import (
    LambdaExecutionCancelled,
    LambdaExecutionFailed,
    LambdaFunctionError,
    LambdaInvocationFailed,
    LambdaInvocationRejected,
)
from airflow_lambda_bridge.execution import Execution
from airflow_lambda_bridge.execution_error import execution_error
from fake_bridge import EXECUTION_ID, execution, failed


@pytest.mark.parametrize(
    ("kind", "error_class"),
    [
        ("function_error", LambdaFunctionError),
        ("timed_out", LambdaFunctionError),
        ("out_of_memory", LambdaFunctionError),
        ("invoke_rejected", LambdaInvocationFailed),
        ("throttled", LambdaInvocationFailed),
        ("lost", LambdaExecutionFailed),
        ("deadline_exceeded", LambdaExecutionFailed),
        ("a_kind_of_a_newer_bridge", LambdaExecutionFailed),
    ],
)
def test_each_kind_of_error_has_its_class(kind: str, error_class: type) -> None:
    error = execution_error(Execution.from_dict(failed(kind)))

    assert type(error) is error_class
    assert isinstance(error, ValueError)
    assert not isinstance(error, AirflowFailException)
    assert error.kind == kind


def test_the_text_has_the_kind_the_error_and_the_execution() -> None:
    error = execution_error(Execution.from_dict(failed()))

    assert str(error) == (
        "Lambda function execution resulted in error: function_error: KeyError: 'customer' "
        f"(execution {EXECUTION_ID})"
    )
    assert (error.type, error.message, error.execution_id) == ("KeyError", "'customer'", EXECUTION_ID)
    assert error.stack_trace == ("File app.py, line 7, in handler",)


def test_a_rejection_that_would_happen_again_is_not_retried() -> None:
    data = failed("invoke_rejected")
    data["error"]["retryable"] = False

    error = execution_error(Execution.from_dict(data))

    assert type(error) is LambdaInvocationRejected
    assert isinstance(error, AirflowFailException)


def test_a_cancelled_execution_has_its_own_class() -> None:
    assert type(execution_error(Execution.from_dict(execution("cancelled")))) is LambdaExecutionCancelled
