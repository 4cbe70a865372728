"""The requests of the bridge's HTTP contract, as values that both clients can send."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

MAX_WAIT_SECONDS = 30.0
"""The bridge allows 60; a shorter long poll keeps proxies from closing the connection."""

UPLOAD_SECONDS = 120.0
"""The bridge responds to an upload only when S3 has stored all of it."""


@dataclass(frozen=True)
class BridgeRequest:
    """
    One HTTP request.

    :param idempotent: sending it twice has the same effect as sending it once
    :param extra_timeout_seconds: how long the response may take in addition to the connection's timeout
    """

    method: str
    path: str
    idempotent: bool
    params: dict[str, Any] = field(default_factory=dict)
    content: bytes | None = None
    content_type: str = "application/json"
    extra_timeout_seconds: float = 0.0


def submit(body: bytes, *, idempotent: bool) -> BridgeRequest:
    """Submit an execution; see :attr:`Submission.is_idempotent`."""
    return BridgeRequest("POST", "/v1/executions", idempotent=idempotent, content=body)


def get_execution(execution_id: str, wait_seconds: float = 0) -> BridgeRequest:
    """Read an execution; with a wait, the bridge responds when it has ended or when the wait is over."""
    wait = round(min(max(wait_seconds, 0), MAX_WAIT_SECONDS), 3)
    return BridgeRequest(
        "GET",
        _path(execution_id),
        idempotent=True,
        params={"wait": wait} if wait else {},
        extra_timeout_seconds=wait,
    )


def list_executions(**filters: Any) -> BridgeRequest:
    """List executions, newest first; filters that are None are omitted."""
    params = {name: value for name, value in filters.items() if value is not None}
    return BridgeRequest("GET", "/v1/executions", idempotent=True, params=params)


def get_result(execution_id: str) -> BridgeRequest:
    """Read the result exactly as the function returned it."""
    return BridgeRequest("GET", _path(execution_id, "/result"), idempotent=True)


def get_logs(execution_id: str, after: str | None = None) -> BridgeRequest:
    """Read the log lines after a cursor, or from the first line."""
    return BridgeRequest(
        "GET",
        _path(execution_id, "/logs"),
        idempotent=True,
        params={"after": after} if after is not None else {},
    )


def cancel(execution_id: str) -> BridgeRequest:
    """Cancel an execution; the response says what the cancel achieved."""
    return BridgeRequest("POST", _path(execution_id, "/cancel"), idempotent=True)


def upload_payload(payload: bytes) -> BridgeRequest:
    """Upload a payload; it is stored under its SHA-256, so a second upload changes nothing."""
    return BridgeRequest(
        "POST",
        "/v1/payloads",
        idempotent=True,
        content=payload,
        extra_timeout_seconds=UPLOAD_SECONDS,
    )


def put_object(uri: str, content: bytes, *, replace: bool, content_type: str) -> BridgeRequest:
    """Write one S3 object. Without ``replace``, a retry is refused if the first request has written it."""
    return BridgeRequest(
        "PUT",
        "/v1/objects",
        idempotent=replace,
        params={"uri": uri, "replace": "true" if replace else "false"},
        content=content,
        content_type=content_type,
        extra_timeout_seconds=UPLOAD_SECONDS,
    )


def _path(execution_id: str, suffix: str = "") -> str:
    """Escape the id: it may come from a template and must stay one segment of the path."""
    return f"/v1/executions/{quote(execution_id, safe='')}{suffix}"
