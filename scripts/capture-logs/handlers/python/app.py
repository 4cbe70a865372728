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


def ok():
    print("plain line")
    logger.warning("warn line")
    return {"ok": True}


def ok_quoting():
    print("START RequestId: cccccccc-0000-4000-8000-00000000000c Version: $LATEST")
    print('[ERROR] ValueError: child said no\nTraceback (most recent call last):\n  File "x.py", line 1')
    print("END RequestId: cccccccc-0000-4000-8000-00000000000c")
    print("REPORT RequestId: cccccccc-0000-4000-8000-00000000000c\tDuration: 5.00 ms\t")
    print(json.dumps({"level": "ERROR", "errorType": "ValueError", "errorMessage": "printed"}))
    return {"ok": True}


def ok_logged_exception():
    try:
        raise ValueError("caught")
    except ValueError:
        logger.exception("handled")
        logger.error("[ERROR] ValueError: in words")
        traceback.print_exc()
    return {"ok": True}


def raise_message():
    print("plain line")
    raise AppError("boom\nsecond line")


def raise_empty():
    raise KeyError


def raise_nonascii():
    raise Prüffehler("ä")


def raise_quoting():
    quoted = "[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  File \"child.py\""
    raise RuntimeError(f"child failed:\n{quoted}")


def raise_chained():
    try:
        raise ZeroDivisionError("inner")
    except ZeroDivisionError as error:
        raise AppError("outer") from error


def raise_deep():
    def down(depth):
        if depth == 0:
            raise ValueError("deep")
        down(depth - 1)

    down(60)


def raise_huge():
    raise AppError("x" * 300_000)


def raise_memory():
    raise MemoryError


def unserializable():
    return {1, 2, 3}


def exit_status():
    sys.exit(3)


def exit_hard():
    os._exit(4)


def handler(event, _context):
    return globals()[event["situation"]]()
