"""Decides whether a failed request is sent again, and which error to raise otherwise."""

from __future__ import annotations

import random
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from airflow_lambda_bridge.client.errors import is_from_bridge, refused, unavailable, unreachable
from airflow_lambda_bridge.client.requests import BridgeRequest
from airflow_lambda_bridge.client.settings import BridgeSettings

_MAX_DELAY_SECONDS = 5.0
_BASE_DELAY_SECONDS = 0.2

# These errors occur before there is a connection: the bridge got nothing, so any request may be repeated.
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class RetryBudget:
    """
    Returns the delay before one request is sent again, or raises its error.

    A request is sent again if it did not reach the bridge, if the bridge asked to retry later (429), or if it
    is idempotent. The retries end after the connection's ``retry_seconds``. The time counts from the first
    failure, because a long poll may already have been open for longer when its connection breaks.
    """

    def __init__(self, settings: BridgeSettings, request: BridgeRequest) -> None:
        self._settings = settings
        self._request = request
        self._ends: float | None = None
        self._retries = 0

    def delay_after_error(self, error: httpx.RequestError) -> float:
        """Return the delay after a request that got no response."""
        may_retry = self._request.idempotent or isinstance(error, _NOTHING_SENT)
        delay = self._next_delay() if may_retry else None
        if delay is None:
            raise unreachable(self._settings, error) from error
        return delay

    def delay_after_response(self, response: httpx.Response) -> float:
        """Return the delay after a response other than success."""
        too_many = response.status_code == HTTPStatus.TOO_MANY_REQUESTS
        if not too_many and not response.is_server_error:
            if is_from_bridge(response):
                raise refused(self._settings, response)
            # A proxy probably sent this response, for example while the bridge is being replaced.
            raise unavailable(self._settings, response)
        may_retry = too_many or self._request.idempotent
        delay = self._next_delay(_retry_after(response)) if may_retry else None
        if delay is None:
            raise unavailable(self._settings, response)
        return delay

    def _next_delay(self, minimum: float | None = None) -> float | None:
        """
        Choose the next delay, with jitter.

        https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
        """
        ceiling = min(_MAX_DELAY_SECONDS, _BASE_DELAY_SECONDS * 2**self._retries)
        self._retries += 1
        now = time.monotonic()
        if self._ends is None:
            self._ends = now + self._settings.retry_seconds
        delay = max(random.uniform(ceiling / 4, ceiling), minimum or 0)  # noqa: S311 (no secret)
        return delay if now + delay < self._ends else None


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
