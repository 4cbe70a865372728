from typing import Any


def handler(event: Any, context: Any) -> Any:
    print("printed")
