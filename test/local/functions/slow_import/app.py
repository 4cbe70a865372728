import time
from typing import Any

print("loading slowly")
time.sleep(0.7)


def handler(event: Any, context: Any) -> Any:
    return "loaded"
