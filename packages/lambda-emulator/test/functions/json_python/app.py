import logging
import time
from typing import Any


def handler(event: Any, context: Any) -> Any:
    print("printed")
    logging.info("below the level")
    logging.warning("two\nlines")
    try:
        raise KeyError("caught")
    except KeyError:
        logging.exception("logged")
    for number in range(event.get("lines", 0)):
        logging.warning("line %06d", number)
    time.sleep(event.get("seconds", 0))
    if event.get("fail"):
        raise ValueError("asked to fail")
