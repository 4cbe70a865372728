import time
from typing import Any

print("loading slowly")
time.sleep(1.7)


def handler(event: Any, context: Any) -> Any:
    return "loaded"
