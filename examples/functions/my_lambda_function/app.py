"""Logs with print and with logging, and returns its input; fails if event["fail"] is true."""

import logging
from typing import Any

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    print(f"my_lambda_function received the keys {sorted(event)}")
    logger.info("request id %s, %d MB", context.aws_request_id, int(context.memory_limit_in_mb))
    if event.get("fail"):
        raise ValueError("asked to fail by the payload")
    return {"received": event, "count": len(event)}
