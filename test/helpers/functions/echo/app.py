from typing import Any


def handler(event: Any, context: Any) -> Any:
    print("echo: about to return the event")
    return event
