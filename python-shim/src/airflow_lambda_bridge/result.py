"""Reading a function's result as text or as JSON."""

from __future__ import annotations

import json
from typing import Any

from airflow_lambda_bridge.exceptions import LambdaResultError


def result_text(result: bytes, execution_id: str | None) -> str:
    """
    Return the result as text.

    :raises LambdaResultError: if it is not UTF-8
    """
    try:
        return result.decode()
    except UnicodeDecodeError:
        # Not chained: the original error contains the result.
        raise LambdaResultError(
            f"The function succeeded, but its result{_of(execution_id)} is not text: {len(result)} bytes "
            "that are not UTF-8. LambdaBridgeHook.result() returns them."
        ) from None


def result_value(text: str, execution_id: str | None) -> Any:
    """
    Parse the result as JSON; an empty one is None.

    :raises LambdaResultError: if it is not JSON
    """
    if not text:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at character {error.pos}"
    except (ValueError, RecursionError) as error:
        reason = str(error)
    raise LambdaResultError(
        f"The function succeeded, but its result{_of(execution_id)} is not JSON: {reason}. Use "
        "deserialize_payload=False to get the text."
    )


def _of(execution_id: str | None) -> str:
    return f" (execution {execution_id})" if execution_id else ""
