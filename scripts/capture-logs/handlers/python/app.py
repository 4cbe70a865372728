"""Handlers whose logs are captured: one function per situation."""

import json
import logging
import os
import sys
import traceback

logger = logging.getLogger()


class Prüffehler(Exception):
    """A class whose name is beyond ASCII."""


class AppError(Exception):
    """An error of the application."""


def ok() -> object:
    print("plain line")
    logger.warning("warn line")
    return {"ok": True}


def ok_quoting() -> object:
    print("START RequestId: cccccccc-0000-4000-8000-00000000000c Version: $LATEST")
    print('[ERROR] ValueError: child said no\nTraceback (most recent call last):\n  File "x.py", line 1')
    print("END RequestId: cccccccc-0000-4000-8000-00000000000c")
    print("REPORT RequestId: cccccccc-0000-4000-8000-00000000000c\tDuration: 5.00 ms\t")
    print(json.dumps({"level": "ERROR", "errorType": "ValueError", "errorMessage": "printed"}))
    return {"ok": True}


def ok_logged_exception() -> object:
    try:
        raise ValueError("caught")
    except ValueError:
        logger.exception("handled")
        logger.error("[ERROR] ValueError: in words")
        traceback.print_exc()
    return {"ok": True}


def raise_message() -> object:
    print("plain line")
    raise AppError("boom\nsecond line")


def raise_empty() -> object:
    raise KeyError


def raise_nonascii() -> object:
    raise Prüffehler("ä")


def raise_quoting() -> object:
    quoted = "[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  File \"child.py\""
    raise RuntimeError(f"child failed:\n{quoted}")


def raise_chained() -> object:
    try:
        raise ZeroDivisionError("inner")
    except ZeroDivisionError as error:
        raise AppError("outer") from error


def raise_deep() -> None:
    def down(depth: int) -> None:
        if depth == 0:
            raise ValueError("deep")
        down(depth - 1)

    down(60)


def raise_huge() -> object:
    raise AppError("x" * 300_000)


def raise_memory() -> object:
    raise MemoryError


def unserializable() -> object:
    return {1, 2, 3}


def exit_status() -> object:
    sys.exit(3)


def exit_hard() -> object:
    os._exit(4)


def handler(event: dict[str, str], _context: object) -> object:
    return globals()[event["situation"]]()
