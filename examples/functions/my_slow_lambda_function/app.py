"""Runs for event["seconds"] (default 10), which is longer than its timeout in function.json."""

import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    seconds = event.get("seconds", 10)
    print(f"working for {seconds} seconds, {context.get_remaining_time_in_millis()} ms are left", flush=True)
    time.sleep(seconds)
    return {"seconds": seconds}
