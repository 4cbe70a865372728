import time
from typing import Any


def handler(event: Any, context: Any) -> Any:
    print(f"slow: sleeping {event['seconds']} s")
    time.sleep(event["seconds"])
    return {"slept": event["seconds"]}
