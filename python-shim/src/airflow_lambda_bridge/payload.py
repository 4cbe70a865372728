"""From what the user gave as payload to the JSON text that the function receives."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from airflow_lambda_bridge.exceptions import LambdaPayloadError


def payload_json(payload: Any) -> bytes | None:
    """
    Return the payload as JSON text in UTF-8, or None when there is none.

    A ``str`` or ``bytes`` must be JSON already and stays exactly as it is, so that the function sees ``1.0``
    and large integers as they were written. Anything else is serialised. An empty text counts as no payload,
    as in boto3.

    :raises LambdaPayloadError: when it is not JSON
    """
    if payload is None or payload in ("", b""):
        return None
    if isinstance(payload, (str, bytes)):
        return _checked(payload)
    try:
        return json.dumps(payload, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        # UnicodeEncodeError quotes what it could not encode; the class name says enough there.
        reason = type(error).__name__ if isinstance(error, UnicodeError) else str(error)
        raise LambdaPayloadError(f"The payload cannot be written as JSON: {reason}") from None


def _checked(payload: str | bytes) -> bytes:
    try:
        text = payload if isinstance(payload, str) else payload.decode()
        json.loads(text, parse_constant=_refuse_constant)
        return text.encode()
    except json.JSONDecodeError as error:
        # Not chained: the original error carries the whole payload.
        raise LambdaPayloadError(f"The payload is not JSON: {error.msg} at character {error.pos}.") from None
    except UnicodeError as error:
        raise LambdaPayloadError(f"The payload is not valid UTF-8 text ({type(error).__name__}).") from None
    except (ValueError, RecursionError) as error:
        raise LambdaPayloadError(f"The payload is not JSON: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    """Python reads NaN and Infinity, which JSON does not have."""
    raise ValueError(f"it contains {name}")
