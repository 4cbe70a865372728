"""The function whose logs are captured: the event says what it does."""

import decimal
import json
import logging
import os
import sys
import time
import traceback
from typing import Any

logger = logging.getLogger()
CHILD = "c0ffee00-1234-4321-8888-00000000000c"


class Prüffehler(Exception):
    """A class name beyond ASCII."""


class OrderError(Exception):
    """A class of the function."""


def handler(event: dict[str, Any], _context: object) -> object:
    """Run the situation that the event names."""
    print("plain line")
    pause()
    return SITUATIONS[event["situation"]]()


def pause() -> None:
    """Keep the order of lines and frames: two pipes have none, and nobody tells when one was read."""
    time.sleep(0.05)


def ok() -> object:
    return {"ok": True}


def printed_errors() -> object:
    print("[ERROR] ValueError: printed, not raised")
    print("Traceback (most recent call last):")
    print('  File "/var/task/situations.py", line 3, in handler')
    print(f"START RequestId: {CHILD} Version: $LATEST")
    print("[ERROR] KeyError: 'child'")
    print(f"END RequestId: {CHILD}")
    print(
        f"REPORT RequestId: {CHILD}\tDuration: 5.00 ms\tBilled Duration: 6 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 30 MB\tStatus: timeout"
    )
    return {"ok": True}


def printed_traceback() -> object:
    try:
        raise OrderError("handled by the function")
    except OrderError:
        traceback.print_exc()
    return {"ok": True}


def logged_exception() -> object:
    try:
        raise OrderError("handled by the function")
    except OrderError:
        logger.exception("the order is skipped")
    pause()
    return {"ok": True}


def logged_error() -> object:
    logger.error("[ERROR] OrderError: only logged")
    logger.error({"errorType": "OrderError", "errorMessage": "only logged", "level": "ERROR"})
    pause()
    return {"ok": True}


def printed_record() -> object:
    record = {"timestamp": "2026-11-27T02:00:00Z", "level": "ERROR", "message": "printed", "logger": "root"}
    print(json.dumps({**record, "errorType": "OrderError", "errorMessage": "printed", "stackTrace": []}))
    return {"ok": True}


def raised() -> object:
    raise OrderError("the order is incomplete")


def raised_after_logged() -> object:
    logger.warning("warn line")
    logged_exception()
    raise ValueError("then raised")


def no_message() -> object:
    raise KeyError


def beyond_ascii() -> object:
    raise Prüffehler("prüfung schlug fehl")


def several_lines() -> object:
    raise ValueError("first line\nsecond line\n  indented third line")


def quotes_error() -> object:
    raise RuntimeError(
        "child failed:\n[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  File \"child.py\""
    )


def quotes_platform() -> object:
    raise RuntimeError(
        f"child failed:\nEND RequestId: {CHILD}\nREPORT RequestId: {CHILD}\tDuration: 5.00 ms\t"
    )


def chained() -> object:
    try:
        return 1 / 0
    except ZeroDivisionError as error:
        raise OrderError("could not divide") from error


def deep(depth: int = 40) -> object:
    if depth > 0:
        return deep(depth - 1)
    raise OrderError("deep in the stack")


def huge_message() -> object:
    raise ValueError("x" * 300_000)


def unserialisable() -> object:
    return {"when": {1, 2}, "amount": decimal.Decimal("1.5")}


def exit_now() -> object:
    sys.exit(3)


def exit_hard() -> object:
    os._exit(7)


def no_memory() -> object:
    return bytearray(1 << 62)


def too_large() -> object:
    return "x" * 7_000_000


def recursion() -> object:
    return recursion()


SITUATIONS = {
    name: situation
    for name, situation in globals().items()
    if callable(situation) and getattr(situation, "__module__", None) == __name__
}
