"""Runs for payload["seconds"] (default 3): sends heartbeats and its outcome, and stops when cancelled."""

import time
from typing import Any

from airflow_lambda_bridge_function import Bridge, bridge_function


@bridge_function
def handler(payload: dict[str, Any], context: Any, bridge: Bridge) -> dict[str, Any]:
    seconds = payload.get("seconds", 3)
    for second in range(seconds):
        bridge.heartbeat({"done": second, "of": seconds})
        if bridge.cancelled():
            print(f"cancelled after {second} of {seconds} seconds")
            return {"seconds": second, "stopped": True}
        time.sleep(1)
    if payload.get("fail"):
        raise ValueError("asked to fail by the payload")
    return {"seconds": seconds, "stopped": False}
