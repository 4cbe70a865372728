"""A function that sends its own result to the bridge, through the function helper."""

from typing import Any

from airflow_lambda_bridge_function import Bridge, bridge_function
from behave import behave


@bridge_function
def handler(payload: dict[str, Any], _context: object, _bridge: Bridge) -> dict[str, Any]:
    """Do what the payload says."""
    return behave(payload)
