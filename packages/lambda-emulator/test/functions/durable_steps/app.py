"""Waits as often as its event says, then does what it says."""

import time
from typing import Any


def handler(event: Any, context: Any) -> Any:
    asked = event.get("input", event)
    done = event.get("state", 0)
    print(f"step {done} of {asked.get('name')}")
    if done < asked.get("waits", 0):
        return {"durable_wait_seconds": asked.get("seconds", 0.05), "state": done + 1}
    if asked.get("fail"):
        raise ValueError("asked to fail")
    time.sleep(asked.get("sleep", 0))
    if asked.get("nan"):
        return float("nan")
    return {"steps": done, "asked": asked}
