"""Sleeps for `seconds`, and reports by itself how it ended."""

import time
from typing import Any

from airflow_lambda_bridge_function import Bridge, bridge_function


@bridge_function
def handler(payload: dict[str, Any], _context: object, bridge: Bridge) -> dict[str, Any]:
    print("sleepy begins")
    bridge.heartbeat({"slept": 0})
    time.sleep(payload.get("seconds", 0))
    if payload.get("fail"):
        raise ValueError("told to fail")
    return {"slept": payload.get("seconds", 0)}
