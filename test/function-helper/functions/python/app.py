"""A test function: runs the action that the payload names in ``do``, or returns what it received."""

import time
from decimal import Decimal
from typing import Any

from airflow_lambda_bridge_function import Bridge, bridge_function


@bridge_function
def handler(payload: Any, _context: object, bridge: Bridge) -> Any:
    print("handler begins")
    if isinstance(payload, bytes):
        return {"bytes": len(payload)}
    if not isinstance(payload, dict) or "do" not in payload:
        return {"payload": payload, "execution": bridge.execution_id, "attempt": bridge.attempt}
    return ACTIONS[payload["do"]](payload, bridge)


def fail(payload: dict[str, Any], _bridge: Bridge) -> Any:
    raise ValueError(payload["message"])


class NoMessageError(Exception):
    """Its message cannot be read: the helper must report such an error, too."""

    def __str__(self) -> str:
        raise ValueError("no message")


def fail_without_message(_payload: dict[str, Any], _bridge: Bridge) -> Any:
    raise NoMessageError


def heartbeat(payload: dict[str, Any], bridge: Bridge) -> Any:
    return [bridge.heartbeat({"done": done}) for done in range(payload["times"])]


def wait_for_cancel(payload: dict[str, Any], bridge: Bridge) -> Any:
    while payload.get("wait") and not bridge.cancelled():
        time.sleep(0.1)
    return bridge.cancelled()


def heartbeat_not_json(_payload: dict[str, Any], bridge: Bridge) -> Any:
    return bridge.heartbeat(Decimal("Infinity"))


ACTIONS = {
    "fail": fail,
    "fail_without_message": fail_without_message,
    "heartbeat": heartbeat,
    "heartbeat_not_json": heartbeat_not_json,
    "wait_for_cancel": wait_for_cancel,
    "big": lambda payload, _bridge: "é" * payload["size"],
    "decimal": lambda _payload, _bridge: [Decimal("1.5"), Decimal(2)],
    "nan": lambda _payload, _bridge: float("nan"),
    "not_json": lambda _payload, _bridge: object(),
}
