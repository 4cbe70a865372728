"""Ends its first invocation well, waits, and fails in the second."""

from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    if event.get("state") == "waited":
        raise RuntimeError("fails after its wait")
    return {"durable_wait_seconds": 2, "state": "waited"}
