"""HTTP clients for the bridge: a blocking one for workers and an asyncio one for triggerers."""

from __future__ import annotations

import asyncio
import ssl
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx

from airflow_lambda_bridge import __version__
from airflow_lambda_bridge.client.requests import BridgeRequest
from airflow_lambda_bridge.client.retry import RetryBudget
from airflow_lambda_bridge.client.settings import BridgeSettings
from airflow_lambda_bridge.exceptions import LambdaBridgeConnectionError, LambdaBridgeUnavailable

_MAX_CONNECT_SECONDS = 10.0


class BridgeClient:
    """
    Sends requests from a worker.

    :meth:`send` raises :class:`LambdaBridgeUnavailable` and :class:`LambdaBridgeRequestError`, never an
    exception of httpx.
    """

    def __init__(self, settings: BridgeSettings) -> None:
        self.settings = settings
        self._http = httpx.Client(**_client_options(settings))

    def send(self, request: BridgeRequest) -> httpx.Response:
        """Send a request, retry it if that is safe, and return the successful response."""
        budget = RetryBudget(self.settings, request)
        while True:
            try:
                response = self._http.request(**_request_options(self.settings, request))
            except httpx.RequestError as error:
                delay = budget.delay_after_error(error)
            else:
                if response.is_success:
                    return response
                delay = budget.delay_after_response(response)
            time.sleep(delay)

    def send_for_object(self, request: BridgeRequest) -> dict[str, Any]:
        """Send a request and return the JSON object of the response."""
        return json_object(self.settings, self.send(request))

    def __enter__(self) -> BridgeClient:
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.close()


class AsyncBridgeClient:
    """Sends requests from a triggerer; otherwise the same as :class:`BridgeClient`."""

    def __init__(self, settings: BridgeSettings) -> None:
        self.settings = settings
        self._http = httpx.AsyncClient(**_client_options(settings))

    async def send(self, request: BridgeRequest) -> httpx.Response:
        """Send a request, retry it if that is safe, and return the successful response."""
        budget = RetryBudget(self.settings, request)
        while True:
            try:
                response = await self._http.request(**_request_options(self.settings, request))
            except httpx.RequestError as error:
                delay = budget.delay_after_error(error)
            else:
                if response.is_success:
                    return response
                delay = budget.delay_after_response(response)
            await asyncio.sleep(delay)

    async def send_for_object(self, request: BridgeRequest) -> dict[str, Any]:
        """Send a request and return the JSON object of the response."""
        return json_object(self.settings, await self.send(request))

    async def __aenter__(self) -> AsyncBridgeClient:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._http.aclose()


def _client_options(settings: BridgeSettings) -> dict[str, Any]:
    headers = {"Accept": "application/json", "User-Agent": f"airflow-provider-lambda-bridge/{__version__}"}
    if settings.token:
        headers["Authorization"] = f"Bearer {settings.token}"
    is_https = settings.base_url.startswith("https:")
    return {
        "base_url": settings.base_url,
        "headers": headers,
        "verify": _ssl_context(settings.verify) if is_https else False,
        "trust_env": not settings.is_loopback,
    }


@lru_cache(maxsize=8)
def _ssl_context(verify: bool | str) -> ssl.SSLContext:
    """Load the CA bundle once per process: this blocks a triggerer's event loop for tens of milliseconds."""
    if isinstance(verify, bool):
        return httpx.create_ssl_context(verify=verify)
    try:
        if Path(verify).is_dir():
            return ssl.create_default_context(capath=verify)
        return ssl.create_default_context(cafile=verify)
    except OSError as error:
        raise LambdaBridgeConnectionError(
            f"Extra member 'verify': '{verify}' is not a CA bundle: {error}"
        ) from error


def _request_options(settings: BridgeSettings, request: BridgeRequest) -> dict[str, Any]:
    timeout = settings.timeout_seconds
    return {
        "method": request.method,
        "url": request.path,
        "params": request.params,
        "content": request.content,
        "headers": {"Content-Type": request.content_type} if request.content is not None else {},
        "timeout": httpx.Timeout(
            timeout + request.extra_timeout_seconds, connect=min(timeout, _MAX_CONNECT_SECONDS)
        ),
    }


def json_object(settings: BridgeSettings, response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of a response."""
    try:
        value = response.json()
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise LambdaBridgeUnavailable(
            f"The service at {settings.base_url} (connection '{settings.conn_id}') is not the Lambda bridge: "
            f"it responded {response.status_code} without a JSON object. Check host and port."
        )
    return value
