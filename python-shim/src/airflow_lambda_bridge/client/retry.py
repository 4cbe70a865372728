"""Whether a request that went wrong is sent again, and which error it ends in otherwise."""

from __future__ import annotations

import random
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

from airflow_lambda_bridge.client.requests import BridgeRequest
from airflow_lambda_bridge.client.settings import BridgeSettings
from airflow_lambda_bridge.exceptions import LambdaBridgeRequestError, LambdaBridgeUnavailable

_LONGEST_PAUSE_SECONDS = 5.0
_FIRST_PAUSE_SECONDS = 0.2

# Raised before a connection stood, so the bridge saw nothing and any request may be sent again.
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class RetryBudget:
    """
    Decides for one request: the pause until it is sent again, or the error to raise.

    Sent again is what surely did not reach the bridge, what the bridge itself put off (429), and what may
    be repeated (see :class:`BridgeRequest`); for ``retry_seconds`` of the connection and no longer. They
    begin with the first failure: a long poll that breaks may have been held for as long already.
    """

    def __init__(self, settings: BridgeSettings, request: BridgeRequest) -> None:
        self._settings = settings
        self._request = request
        self._ends: float | None = None
        self._tries = 0

    def after_no_answer(self, error: httpx.RequestError) -> float:
        """Return the pause after a request that got no answer."""
        repeat = self._request.repeatable or isinstance(error, _NOTHING_SENT)
        pause = self._pause(None) if repeat else None
        if pause is None:
            raise _unreachable(self._settings, error) from error
        return pause

    def after_answer(self, response: httpx.Response) -> float:
        """Return the pause after an answer other than success."""
        too_many = response.status_code == HTTPStatus.TOO_MANY_REQUESTS
        if not too_many and not response.is_server_error:
            # Without the bridge's own code a proxy answers, for instance while the bridge is replaced.
            if "code" in _problem(response):
                raise _refused(self._settings, response)
            raise _cannot_serve(self._settings, response)
        repeat = too_many or self._request.repeatable
        pause = self._pause(_retry_after(response)) if repeat else None
        if pause is None:
            raise _cannot_serve(self._settings, response)
        return pause

    def _pause(self, asked: float | None) -> float | None:
        """Full jitter (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/)."""
        ceiling = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**self._tries)
        self._tries += 1
        now = time.monotonic()
        if self._ends is None:
            self._ends = now + self._settings.retry_seconds
        pause = max(random.uniform(ceiling / 4, ceiling), asked or 0)  # noqa: S311 (no secret)
        return pause if now + pause < self._ends else None


def _retry_after(response: httpx.Response) -> float | None:
    """Read Retry-After, which is seconds or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (date - datetime.now(date.tzinfo or timezone.utc)).total_seconds() if date.tzinfo else None


def _unreachable(settings: BridgeSettings, error: httpx.RequestError) -> LambdaBridgeUnavailable:
    return LambdaBridgeUnavailable(
        f"The Lambda bridge at {settings.base_url} (connection '{settings.conn_id}') did not answer: "
        f"{type(error).__name__}: {error}. Check that the bridge runs and that the connection's host and "
        "port are right and reachable from here."
    )


def _cannot_serve(settings: BridgeSettings, response: httpx.Response) -> LambdaBridgeUnavailable:
    problem = _problem(response)
    return LambdaBridgeUnavailable(
        f"The Lambda bridge at {settings.base_url} (connection '{settings.conn_id}') cannot serve this "
        f"now: {_describe(response, problem)} If this lasts, look at the bridge's log and its /readyz."
    )


def _refused(settings: BridgeSettings, response: httpx.Response) -> LambdaBridgeRequestError:
    problem = _problem(response)
    text = f"The Lambda bridge refused the request: {_describe(response, problem)}"
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        text += f" Check the password (the bridge's token) of connection '{settings.conn_id}'."
    faults = [
        f"{fault.get('pointer') or '/'} {fault.get('message')}" for fault in problem.get("faults") or ()
    ]
    if len(faults) > 1:
        text += " All faults: " + "; ".join(faults)
    return LambdaBridgeRequestError(text, status=response.status_code, code=problem.get("code"))


def _describe(response: httpx.Response, problem: dict[str, Any]) -> str:
    if not problem:
        return (
            f"{response.status_code} {response.reason_phrase}, without an explanation the bridge would give."
        )
    return f"{response.status_code} {problem.get('code')}: {problem.get('detail') or problem.get('title')}"


def _problem(response: httpx.Response) -> dict[str, Any]:
    """Read the problem+json; a proxy in between may answer anything instead."""
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) and "code" in problem else {}
