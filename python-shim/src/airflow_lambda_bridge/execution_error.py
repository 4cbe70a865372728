"""Choose the exception for an execution that ended without success."""

from __future__ import annotations

from airflow_lambda_bridge.exceptions import (
    LambdaExecutionCancelled,
    LambdaExecutionFailed,
    LambdaFunctionError,
    LambdaInvocationFailed,
    LambdaInvocationRejected,
)
from airflow_lambda_bridge.execution import Execution

FUNCTION_ERROR_KINDS = frozenset({"function_error", "timed_out", "out_of_memory"})
"""Kinds of errors of a function that ran. For these, Lambda's own response has ``FunctionError``."""

NOT_EXECUTED_KINDS = frozenset({"invoke_rejected", "throttled"})


def execution_error(execution: Execution) -> LambdaExecutionFailed:
    """Return the exception to raise for an execution that ended without success."""
    failure = execution.failure
    if execution.state == "cancelled":
        error_class: type[LambdaExecutionFailed] = LambdaExecutionCancelled
    elif failure.kind in FUNCTION_ERROR_KINDS:
        error_class = LambdaFunctionError
    elif failure.kind == "invoke_rejected" and not failure.retryable:
        error_class = LambdaInvocationRejected
    elif failure.kind in NOT_EXECUTED_KINDS:
        error_class = LambdaInvocationFailed
    else:
        error_class = LambdaExecutionFailed
    return error_class(
        failure.message,
        kind=failure.kind,
        type=failure.type,
        stack_trace=failure.stack_trace,
        execution_id=execution.id,
    )
