"""Converts a user's payload to the JSON text that the function receives."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from airflow_lambda_bridge.exceptions import LambdaPayloadError


def payload_json(payload: Any) -> bytes | None:
    """
    Return the payload as JSON text in UTF-8, or None if there is none.

    A ``str``, ``bytes`` or ``bytearray`` must already be JSON and is not changed, so that the function sees
    ``1.0`` and large integers as they were written. Anything else is serialized. An empty string is no
    payload, as in boto3.

    :raises LambdaPayloadError: if the payload is not JSON
    """
    if payload is None or payload in ("", b""):
        return None
    if isinstance(payload, (str, bytes, bytearray)):
        return _checked(payload)
    try:
        return json.dumps(payload, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        # The text of a UnicodeEncodeError quotes the payload; the class name is enough.
        reason = type(error).__name__ if isinstance(error, UnicodeError) else str(error)
        raise LambdaPayloadError(f"The payload cannot be written as JSON: {reason}") from None


def _checked(payload: str | bytes | bytearray) -> bytes:
    try:
        text = payload if isinstance(payload, str) else payload.decode()
        json.loads(text, parse_constant=_refuse_constant)
        return text.encode()
    except json.JSONDecodeError as error:
        # Not chained: the original error contains the whole payload.
        raise LambdaPayloadError(f"The payload is not JSON: {error.msg} at character {error.pos}.") from None
    except UnicodeError as error:
        raise LambdaPayloadError(f"The payload is not valid UTF-8 text ({type(error).__name__}).") from None
    except (ValueError, RecursionError) as error:
        raise LambdaPayloadError(f"The payload is not JSON: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    """Python's parser accepts NaN and Infinity, which are not JSON."""
    raise ValueError(f"it contains {name}")
