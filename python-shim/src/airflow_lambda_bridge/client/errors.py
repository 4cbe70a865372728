"""Builds the exception for a request that failed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import httpx

from airflow_lambda_bridge.client.settings import BridgeSettings
from airflow_lambda_bridge.exceptions import LambdaBridgeRequestError, LambdaBridgeUnavailable


def unreachable(settings: BridgeSettings, error: httpx.RequestError) -> LambdaBridgeUnavailable:
    """Return the exception for a request that got no response."""
    return LambdaBridgeUnavailable(
        f"The Lambda bridge at {settings.base_url} (connection '{settings.conn_id}') did not answer: "
        f"{type(error).__name__}: {error}. Check that the bridge is running and that the connection's host "
        "and port are correct and reachable from here."
    )


def unavailable(settings: BridgeSettings, response: httpx.Response) -> LambdaBridgeUnavailable:
    """Return the exception for a response after which the same request may succeed later."""
    return LambdaBridgeUnavailable(
        f"The Lambda bridge at {settings.base_url} (connection '{settings.conn_id}') cannot serve the "
        f"request now: {_describe(response)} If this persists, check the bridge's log and its /readyz."
    )


def refused(settings: BridgeSettings, response: httpx.Response) -> LambdaBridgeRequestError:
    """Return the exception for a request that the bridge would refuse again."""
    problem = _problem(response)
    text = f"The Lambda bridge refused the request: {_describe(response)}"
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        text += f" Check the password (the bridge's token) of connection '{settings.conn_id}'."
    errors = [
        f"{error.get('pointer') or '/'} {error.get('message')}" for error in problem.get("faults") or ()
    ]
    if len(errors) > 1:
        text += " All validation errors: " + "; ".join(errors)
    return LambdaBridgeRequestError(text, status=response.status_code, code=problem.get("code"))


def is_from_bridge(response: httpx.Response) -> bool:
    """Whether the bridge itself sent this error response; a proxy's has no code."""
    return bool(_problem(response))


def _describe(response: httpx.Response) -> str:
    problem = _problem(response)
    if not problem:
        return (
            f"{response.status_code} {response.reason_phrase}, which is not an error response of the bridge."
        )
    return f"{response.status_code} {problem.get('code')}: {problem.get('detail') or problem.get('title')}"


def _problem(response: httpx.Response) -> dict[str, Any]:
    """Read the problem+json (RFC 9457); empty if the response is something else."""
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) and "code" in problem else {}
