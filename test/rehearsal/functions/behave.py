"""Does what `behaviour` says. Its lines carry its number, so that the test oracle notices a foreign line."""

import logging
import os
import pathlib
import time
from typing import Any

BIG_BYTES = 300 * 1024


def behave(event: dict[str, Any]) -> dict[str, Any]:
    """Return, fail, exit or hang."""
    n, behaviour = event["n"], event["behaviour"]
    logging.getLogger().warning("MARK %s. begins", n)
    print(f"MARK {n}. without a request id")
    if behaviour == "raise":
        raise IndexError(f"failing as requested, {n}")
    if behaviour == "exit":
        os._exit(7)
    if behaviour == "hang":
        # Lambda kills it at its time limit, long before.
        time.sleep(60)
    if behaviour == "flaky" and is_first_run(event["fault_key"]):
        raise IndexError(f"failing in the first run, {n}")
    return {"n": n, "filler": "x" * BIG_BYTES} if behaviour == "big" else {"n": n, "square": n * n}


def is_first_run(key: str) -> bool:
    """Leave a file for the next run of the event. Every rehearsal has a new folder."""
    mark = pathlib.Path(os.environ["REHEARSAL_MARKS"], key)
    exists = mark.exists()
    mark.touch()
    return not exists
