from typing import Any


def handler(event: Any, context: Any) -> Any:
    print("fail: about to raise")
    raise ValueError("boom")
