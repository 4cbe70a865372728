import time
from typing import Any


def handler(event: Any, context: Any) -> Any:
    time.sleep(event.get("seconds", 0))
    return "done"
