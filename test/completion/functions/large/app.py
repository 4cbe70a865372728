"""Returns a text of `length` letters, which the helper uploads when it is long."""

from typing import Any

from airflow_lambda_bridge_function import Bridge, bridge_function


@bridge_function
def handler(payload: dict[str, Any], _context: object, _bridge: Bridge) -> str:
    return "x" * int(payload["length"])
