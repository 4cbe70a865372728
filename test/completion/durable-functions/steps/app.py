"""Runs as many invocations as it is told, with short waits between them; says which one it is."""

from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    asked, done = event.get("input", event), event.get("state", 0)
    print(f"step {done}")
    if done + 1 < asked["steps"]:
        return {"durable_wait_seconds": 0.05, "state": done + 1}
    return {"steps": done + 1}
