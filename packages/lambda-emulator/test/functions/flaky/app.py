"""Fails until it has been run for one request as often as the event says."""

from collections import Counter
from typing import Any

runs: Counter[str] = Counter()


def handler(event: Any, context: Any) -> Any:
    runs[context.aws_request_id] += 1
    print(f"run {runs[context.aws_request_id]}")
    if runs[context.aws_request_id] <= event["failures"]:
        raise RuntimeError("not yet")
