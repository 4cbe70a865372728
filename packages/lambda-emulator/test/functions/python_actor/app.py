"""Does what its event asks for: every way a Python function can end or write to its log."""

import contextlib
import io
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

logger = logging.getLogger()
logger.setLevel(logging.INFO)
calls = 0


def handler(event: Any, context: Any) -> Any:
    global calls
    calls += 1
    action = event.get("action", "echo") if isinstance(event, dict) else "echo"
    return ACTIONS[action](event, context)


def talk(event: Any, context: Any) -> Any:
    print("printed")
    logger.info("logged on\ntwo lines")
    sys.stderr.write("to standard error\n")
    subprocess.run(["/bin/echo", "from a child process"], check=True)
    print("first\nsecond")
    with contextlib.redirect_stdout(io.StringIO()):
        logger.warning("logged while print is redirected")
    print("\x1eno record")
    print("last, with ümlaut")


def raise_error(event: Any, context: Any) -> Any:
    raise ValueError("asked to fail")


def raise_named(event: Any, context: Any) -> Any:
    raise type(event["name"], (Exception,), {})("asked to fail")


def flood(event: Any, context: Any) -> Any:
    for number in range(event["lines"]):
        print(f"line {number:06d} with ümlaut")


def hang(event: Any, context: Any) -> Any:
    child = subprocess.Popen(["/bin/sleep", "300"])
    print(f"child {child.pid}")
    print("unfinished", end="", flush=True)
    time.sleep(300)


def leave_child(event: Any, context: Any) -> Any:
    child = subprocess.Popen(["/bin/sleep", "300"])
    print(f"child {child.pid}", flush=True)
    os._exit(1)


def leave_daemon(event: Any, context: Any) -> Any:
    return subprocess.Popen(["/bin/sleep", "300"], start_new_session=True).pid


def leak(event: Any, context: Any) -> Any:
    kept = []
    while True:
        kept.append(bytearray(b"x" * 4_000_000))
        time.sleep(0.001)


def allocate(event: Any, context: Any) -> Any:
    return len(bytearray(event["megabytes"] * 1024 * 1024))


def describe_context(event: Any, context: Any) -> Any:
    client = context.client_context
    return {
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "version": context.function_version,
        "memory": context.memory_limit_in_mb,
        "log_group": context.log_group_name,
        "log_stream": context.log_stream_name,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "client_context": None if client is None else {"custom": client.custom, "env": client.env},
        "trace": os.environ.get("_X_AMZN_TRACE_ID"),
    }


def sleep(event: Any, context: Any) -> Any:
    time.sleep(event["seconds"])
    return "slept"


ACTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "echo": lambda event, context: event,
    "talk": talk,
    "raise": raise_error,
    "raise_named": raise_named,
    "flood": flood,
    "hang": hang,
    "sleep": sleep,
    "leave_child": leave_child,
    "leave_daemon": leave_daemon,
    "leak": leak,
    "allocate": allocate,
    "exit": lambda event, context: os._exit(event["status"]),
    "sys_exit": lambda event, context: sys.exit(event["status"]),
    "abort": lambda event, context: os.abort(),
    "big": lambda event, context: "x" * event["bytes"],
    "decimal": lambda event, context: [Decimal("1"), Decimal("1.5")],
    "nan": lambda event, context: float("nan"),
    "no_json": lambda event, context: object(),
    "error_shaped": lambda event, context: {"errorType": "ValueError", "errorMessage": "only a value"},
    "context": describe_context,
    "environment": lambda event, context: dict(os.environ),
    "calls": lambda event, context: {"calls": calls, "process": os.getpid()},
}
