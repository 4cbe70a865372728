"""Does what the payload says, and tells what it saw."""

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
    return DEEDS[payload["do"]](payload, bridge)


def fail(payload: dict[str, Any], _bridge: Bridge) -> Any:
    raise ValueError(payload["message"])


class MuteError(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


def fail_mutely(_payload: dict[str, Any], _bridge: Bridge) -> Any:
    raise MuteError


def beat(payload: dict[str, Any], bridge: Bridge) -> Any:
    return [bridge.heartbeat({"done": done}) for done in range(payload["times"])]


def watch(payload: dict[str, Any], bridge: Bridge) -> Any:
    while payload.get("until") and not bridge.cancelled():
        time.sleep(0.1)
    return bridge.cancelled()


def beat_oddly(_payload: dict[str, Any], bridge: Bridge) -> Any:
    return bridge.heartbeat(Decimal("Infinity"))


DEEDS = {
    "fail": fail,
    "fail_mutely": fail_mutely,
    "beat": beat,
    "beat_oddly": beat_oddly,
    "watch": watch,
    "big": lambda payload, _bridge: "é" * payload["size"],
    "decimal": lambda _payload, _bridge: [Decimal("1.5"), Decimal(2)],
    "nan": lambda _payload, _bridge: float("nan"),
    "odd": lambda _payload, _bridge: object(),
}
