"""
Runs a Python handler as Lambda's Python runtime does, through the Runtime API.

All log output goes to standard output, to which the host redirects standard error. A message that may span
lines is written as one record (RFC 7464: 0x1E, JSON, newline), so that it stays one log event. Any other line
(print, a child process) is one log event. The record {"idle": true} marks the end of the output of the
finished work.
"""

# ruff: noqa: D102, D103 - a program: no other module calls its functions

from __future__ import annotations

import http.client
import importlib
import json
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace, TracebackType
from typing import Any

API = "/2018-06-01/runtime"
OUTPUT = sys.stdout
OUTPUT_LOCK = threading.RLock()
JSON_LOG = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
LOAD_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. For "
    "functions using managed runtimes, runtime updates can be triggered by a function change, or can be"
    " applied automatically. To determine if the runtime has been updated, check the runtime version in"
    " the INIT_START log entry. If this error correlates with a change in the runtime version, you may "
    "be able to mitigate this error by temporarily rolling back to the previous runtime version. For "
    "more information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"
)
ExceptionInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]
current_request_id = ""


class HandlerError(Exception):
    """The handler cannot be loaded, or its result cannot be sent. Has the errorType that Lambda reports."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class LambdaContext:
    """The context object (https://docs.aws.amazon.com/lambda/latest/dg/python-context.html)."""

    def __init__(self, headers: http.client.HTTPMessage) -> None:
        self.aws_request_id: str = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn: str = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = read_client_context(headers["Lambda-Runtime-Client-Context"])
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._deadline_ms - int(time.time() * 1000))


class JsonFormatter(logging.Formatter):
    """Formats a record of the JSON log format (https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html)."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "timestamp": format_time(record.created),
            "level": record.levelname,
            # A dict that is the whole message stays an object.
            "message": record.msg
            if isinstance(record.msg, dict) and not record.args
            else record.getMessage(),
            "logger": record.name,
        }
        error_type, error, trace = record.exc_info or (None, None, None)
        if error_type:
            fields["stackTrace"] = traceback.format_tb(trace)
            fields["errorType"] = error_type.__name__
            fields["errorMessage"] = str(error)
        fields["requestId"] = current_request_id
        if error_type:
            fields["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        return json.dumps(fields, ensure_ascii=False, default=str) + "\n"


class LogHandler(logging.Handler):
    """The root handler that Lambda's runtime installs before it imports the function's code."""

    def __init__(self) -> None:
        super().__init__()
        formatter = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
            "%Y-%m-%dT%H:%M:%S",
        )
        formatter.converter = time.gmtime
        self.setFormatter(JsonFormatter() if JSON_LOG else formatter)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            record.aws_request_id = current_request_id
            write_record({"message": self.format(record)})
        except Exception:
            self.handleError(record)


def format_time(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def write_record(record: dict[str, Any]) -> None:
    with OUTPUT_LOCK:
        OUTPUT.write(f"\x1e{json.dumps(record)}\n")
        OUTPUT.flush()


def read_client_context(header: str | None) -> SimpleNamespace | None:
    if not header:
        return None
    # http.client decodes headers as Latin-1, but the host sends UTF-8.
    fields = json.loads(header.encode("latin-1"))
    client = fields.get("client")
    return SimpleNamespace(
        custom=fields.get("custom"),
        env=fields.get("env"),
        client=SimpleNamespace(**client) if client else None,
    )


def load_handler(name: str) -> Callable[[Any, LambdaContext], Any]:
    module_name, _, function_name = name.rpartition(".")
    if not module_name:
        raise HandlerError(
            "Runtime.MalformedHandlerName", f"Bad handler '{name}': it must have the form module.function"
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise HandlerError(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    except SyntaxError as error:
        raise HandlerError(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}"
        ) from error
    handler: Callable[[Any, LambdaContext], Any] | None = getattr(module, function_name, None)
    if handler is None:
        raise HandlerError(
            "Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'"
        )
    return handler


def describe_error(info: ExceptionInfo, request_id: str) -> dict[str, Any]:
    """Build the error payload of Lambda's runtime, without the stack frames of this file."""
    error_type, error, trace = info
    if isinstance(error, HandlerError):
        return {
            "errorMessage": str(error),
            "errorType": error.error_type,
            "requestId": request_id,
            "stackTrace": [],
        }
    # Each frame has only four members, because Lambda's stack traces show no columns (carets).
    frames = [
        (frame.filename, frame.lineno or 0, frame.name, frame.line)
        for frame in traceback.extract_tb(trace)
        if frame.filename != __file__
    ]
    return {
        "errorMessage": str(error),
        "errorType": error_type.__name__ if error_type else "Error",
        "requestId": request_id,
        "stackTrace": traceback.format_list(frames),
    }


def log_error(error: dict[str, Any]) -> None:
    """Log an error that ended a run, in the forms that test/corpus/captured has from AWS's own client."""
    if JSON_LOG:
        write_record(
            {"message": json.dumps({"timestamp": format_time(time.time()), "level": "ERROR", **error})}
        )
        return
    message = f": {error['errorMessage']}" if error["errorMessage"] else ""
    head = f"[ERROR] {error['errorType']}{message}\nTraceback (most recent call last):"
    lines = "".join(error["stackTrace"]).rstrip("\n").split("\n")
    trace = "\n".join(map(keep_indentation, lines))
    write_record({"message": f"{head}\n{trace}" if trace else head})


def keep_indentation(line: str) -> str:
    """Indent with no-break spaces, as Lambda does, so that CloudWatch's console does not trim the line."""
    text = line.lstrip(" ")
    return "\xa0" * (len(line) - len(text)) + text


def warn_of_runtime_update() -> None:
    """Log the warning that precedes an error while the function's code is loaded."""
    logging.getLogger().warning("%s\r", LOAD_WARNING)


def encode_extra(value: object) -> object:
    """Convert DynamoDB's Decimal to a number, as Lambda's runtime does."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def run_handler(handler: Callable[[Any, LambdaContext], Any], body: bytes, context: LambdaContext) -> bytes:
    result = handler(json.loads(body), context)
    try:
        return json.dumps(result, ensure_ascii=False, default=encode_extra).encode()
    except (TypeError, ValueError) as error:
        raise HandlerError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


class RuntimeApi:
    """A single keep-alive connection to the host, without a timeout: the next event may come in an hour."""

    def __init__(self) -> None:
        self._connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

    def next_invocation(self) -> tuple[bytes, http.client.HTTPMessage]:
        self._connection.request("GET", f"{API}/invocation/next")
        response = self._connection.getresponse()
        return response.read(), response.headers

    def post(self, path: str, body: bytes, error_type: str | None = None) -> None:
        headers = {"Content-Type": "application/json"}
        if error_type:
            # A header must be ASCII, but the name of a class need not be. The body has the unchanged name.
            headers["Lambda-Runtime-Function-Error-Type"] = error_type.encode("ascii", "replace").decode()
        self._connection.request("POST", f"{API}{path}", body, headers)
        self._connection.getresponse().read()


def serve_next(api: RuntimeApi, handler: Callable[[Any, LambdaContext], Any]) -> None:
    global current_request_id
    body, headers = api.next_invocation()
    context = LambdaContext(headers)
    current_request_id = context.aws_request_id
    trace_id = headers["Lambda-Runtime-Trace-Id"]
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        result = run_handler(handler, body, context)
    except Exception:
        error = describe_error(sys.exc_info(), current_request_id)
        log_error(error)
        api.post(f"/invocation/{current_request_id}/error", json.dumps(error).encode(), error["errorType"])
    else:
        api.post(f"/invocation/{current_request_id}/response", result)


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        # Line buffering keeps print() in order with child processes, which write to the same pipe.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    logging.getLogger().addHandler(LogHandler())
    if JSON_LOG:
        logging.addLevelName(logging.DEBUG - 5, "TRACE")
        logging.getLogger().setLevel(os.environ["AWS_LAMBDA_LOG_LEVEL"])
    # Replaces the folder of this file, because its modules must not hide those of the function.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    api = RuntimeApi()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception:
        error = describe_error(sys.exc_info(), "")
        warn_of_runtime_update()
        log_error(error)
        api.post("/init/error", json.dumps(error).encode(), error["errorType"])
        sys.exit(1)
    while True:
        sys.stdout.flush()
        write_record({"idle": True})
        serve_next(api, handler)


if __name__ == "__main__":
    try:
        main()
    except (http.client.HTTPException, ConnectionError):
        # The host has exited: nothing is left to do.
        os._exit(1)
