"""Does what `behave` says, and marks its lines with its number: one in the wrong place is noticed."""

import logging
import os
import pathlib
import time
from typing import Any

BIG_BYTES = 300 * 1024


def behave(event: dict[str, Any]) -> dict[str, Any]:
    """Behave as told."""
    n, way = event["n"], event["behave"]
    logging.getLogger().warning("MARK %s. begins", n)
    print(f"MARK {n}. without an id")
    if way == "raise" or (way == "flaky" and is_first(event["fault_key"])):
        raise IndexError(f"told to fail, {n}")
    if way == "exit":
        os._exit(7)
    if way == "hang":
        time.sleep(60)
    return {"n": n, "filler": "x" * BIG_BYTES} if way == "big" else {"n": n, "square": n * n}


def is_first(key: str) -> bool:
    """Whether this is the first run of an event; the caller gives the folder anew for every rehearsal."""
    mark = pathlib.Path(os.environ["REHEARSAL_MARKS"], key)
    known = mark.exists()
    mark.touch()
    return not known
