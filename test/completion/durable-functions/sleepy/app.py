"""Sleeps for `seconds`, and says so in a line without a request id."""

import time
from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    print("sleepy begins")
    time.sleep(event.get("seconds", 0))
    if event.get("fail"):
        raise ValueError("told to fail")
    return {"slept": event.get("seconds", 0)}
