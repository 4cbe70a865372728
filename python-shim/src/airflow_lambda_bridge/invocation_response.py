"""Conversion of an execution to a response of boto3's ``invoke``, and reading such a response."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

from airflow_lambda_bridge.exceptions import LambdaFunctionError, LambdaInvocationFailed
from airflow_lambda_bridge.execution import Execution
from airflow_lambda_bridge.result import result_text

# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_ResponseElements
_STATUS_CODES = {"RequestResponse": 200, "Event": 202, "DryRun": 204}


def invocation_response(execution: Execution, result: bytes = b"") -> dict[str, Any]:
    """
    Return the dict that code written for boto3 expects; ``Payload`` has ``read()``.

    :param result: the function's result. If the function failed, ``Payload`` has its error instead, and
        ``FunctionError`` is set.
    """
    status = _STATUS_CODES.get(execution.invocation_type, 200)
    response: dict[str, Any] = {
        "ResponseMetadata": {"RequestId": execution.request_id, "HTTPStatusCode": status},
        "StatusCode": status,
        "ExecutionId": execution.id,
    }
    if execution.executed_version:
        response["ExecutedVersion"] = execution.executed_version
    if execution.log_tail:
        response["LogResult"] = base64.b64encode(execution.log_tail.encode()).decode()
    if execution.is_unsuccessful and execution.invocation_type != "Event":
        response["FunctionError"] = "Unhandled"
        result = _error_document(execution)
    response["Payload"] = io.BytesIO(result)
    return response


def response_text(response: dict[str, Any]) -> str:
    """
    Return the payload of a response.

    :raises LambdaInvocationFailed: if the status code is not a success; checked first
    :raises LambdaFunctionError: if the function failed
    :raises LambdaResultError: if the payload is not text
    """
    execution_id = response.get("ExecutionId")
    if response.get("StatusCode") not in _STATUS_CODES.values():
        metadata = json.dumps(response.get("ResponseMetadata"))
        raise LambdaInvocationFailed(metadata, kind="invoke_rejected", execution_id=execution_id)
    payload: bytes = response["Payload"].read()
    if "FunctionError" in response:
        text = payload.decode(errors="replace")
        raise LambdaFunctionError(text, kind="function_error", execution_id=execution_id)
    return result_text(payload, execution_id)


def _error_document(execution: Execution) -> bytes:
    failure = execution.failure
    document: dict[str, Any] = {"errorMessage": failure.message}
    if failure.type:
        document["errorType"] = failure.type
    if failure.stack_trace:
        document["stackTrace"] = list(failure.stack_trace)
    return json.dumps(document, ensure_ascii=False).encode()
