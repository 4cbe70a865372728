"""A function that reports by itself."""

from typing import Any

from airflow_lambda_bridge_function import Bridge, bridge_function
from behave import behave


@bridge_function
def handler(payload: dict[str, Any], _context: object, _bridge: Bridge) -> dict[str, Any]:
    """Behave as told."""
    return behave(payload)
