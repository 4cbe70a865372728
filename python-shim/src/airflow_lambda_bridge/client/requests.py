"""The calls of the bridge's HTTP contract, as values that both clients can send."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

LONGEST_WAIT_SECONDS = 30.0
"""The bridge takes 60; a long poll is kept shorter so that no proxy in between cuts it."""

UPLOAD_PATIENCE_SECONDS = 120.0
"""The bridge answers an upload only when S3 has all of it."""


@dataclass(frozen=True)
class BridgeRequest:
    """
    One HTTP request.

    :param repeatable: sending it twice does what sending it once does
    :param patience_seconds: how much longer than other answers this one may take
    """

    method: str
    path: str
    repeatable: bool
    params: dict[str, Any] = field(default_factory=dict)
    content: bytes | None = None
    content_type: str = "application/json"
    patience_seconds: float = 0.0


def submit(body: bytes, *, repeatable: bool) -> BridgeRequest:
    """Submit an execution; :attr:`Submission.is_repeatable` says whether that may be done twice."""
    return BridgeRequest("POST", "/v1/executions", repeatable=repeatable, content=body)


def get_execution(execution_id: str, wait_seconds: float = 0) -> BridgeRequest:
    """Read an execution; with a wait, the bridge answers as soon as it has ended or that time is over."""
    wait = round(min(max(wait_seconds, 0), LONGEST_WAIT_SECONDS), 3)
    return BridgeRequest(
        "GET",
        _path(execution_id),
        repeatable=True,
        params={"wait": wait} if wait else {},
        patience_seconds=wait,
    )


def list_executions(**filters: Any) -> BridgeRequest:
    """List executions, newest first; filters that are None are left out."""
    params = {name: value for name, value in filters.items() if value is not None}
    return BridgeRequest("GET", "/v1/executions", repeatable=True, params=params)


def get_result(execution_id: str) -> BridgeRequest:
    """Read the result exactly as the function returned it."""
    return BridgeRequest("GET", _path(execution_id, "/result"), repeatable=True)


def get_logs(execution_id: str, after: str | None = None) -> BridgeRequest:
    """Read the log lines behind a cursor, or from the first on."""
    return BridgeRequest(
        "GET",
        _path(execution_id, "/logs"),
        repeatable=True,
        params={"after": after} if after is not None else {},
    )


def cancel(execution_id: str) -> BridgeRequest:
    """Ask for the end of an execution; the answer says what was possible."""
    return BridgeRequest("POST", _path(execution_id, "/cancel"), repeatable=True)


def upload_payload(payload: bytes) -> BridgeRequest:
    """Upload a payload; it is stored under its SHA-256, so that a second upload changes nothing."""
    return BridgeRequest(
        "POST",
        "/v1/payloads",
        repeatable=True,
        content=payload,
        patience_seconds=UPLOAD_PATIENCE_SECONDS,
    )


def put_object(uri: str, content: bytes, *, replace: bool, content_type: str) -> BridgeRequest:
    """Write one S3 object; without ``replace`` a repeat after a lost answer would find its own object."""
    return BridgeRequest(
        "PUT",
        "/v1/objects",
        repeatable=replace,
        params={"uri": uri, "replace": "true" if replace else "false"},
        content=content,
        content_type=content_type,
        patience_seconds=UPLOAD_PATIENCE_SECONDS,
    )


def _path(execution_id: str, rest: str = "") -> str:
    """Templates may render anything: it must stay one segment of the path."""
    return f"/v1/executions/{quote(execution_id, safe='')}{rest}"
