"""
Helper for Lambda functions that airflow-lambda-bridge runs. Copy this file next to your handler.

    from airflow_lambda_bridge_function import bridge_function

    @bridge_function
    def handler(payload, context, bridge):
        bridge.heartbeat({"done": 10})
        if bridge.cancelled():
            return None
        return {"answer": 42}

The handler receives the plain payload, whether the event is the payload, a pointer to it in S3, or an
envelope (`"envelope": true` in the request). With the envelope, the helper sends the outcome to the bridge;
without it, `bridge` does nothing. Requires Python 3.9, but no S3 permissions and no URL of the bridge.
"""

from __future__ import annotations

import functools
import hashlib
import http.client
import json
import random
import sys
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable
from decimal import Decimal
from typing import Any

ENVELOPE_VERSION = 1
POINTER_KEYS = {"s3_key", "s3_url", "size", "sha256", "content_type"}
# Larger results are uploaded to S3 if the envelope allows it.
MAX_INLINE_RESULT_BYTES = 256 * 1024
# Lambda fails an invocation with a larger response: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 - 10_240
# Minimum time between two heartbeats, and between two checks for cancellation.
HEARTBEAT_SECONDS = 5.0
SHORT_TIMEOUT_SECONDS = 3.0
REQUEST_TIMEOUT_SECONDS = 30.0
# Time kept for Lambda itself, which kills the function at its timeout.
RESERVE_SECONDS = 0.5
# If the context does not provide the remaining time, as in a test.
ASSUMED_REMAINING_SECONDS = 60.0
# Lambda bills a function also while it only waits for a retry.
MAX_RETRY_SECONDS = 60.0
MAX_DELAY_SECONDS = 5.0
# From a share of the remaining time (0 to 1) to the seconds for which a request may be retried.
RetryBudget = Callable[[float], float]


class PayloadError(Exception):
    """The payload is not the one that was staged, or this helper does not support the envelope's version."""


class Bridge:
    """The attempt that this invocation belongs to (None without an envelope), and the calls to the bridge."""

    def __init__(self, attempt: dict[str, Any], context: Any) -> None:
        """Read the member `bridge` of an envelope; empty if there is no envelope."""
        self.execution_id: str | None = attempt.get("execution_id")
        self.attempt: int | None = attempt.get("attempt")
        self.deadline_at: str | None = attempt.get("deadline_at")
        reply = attempt.get("reply") or {}
        self._callback: dict[str, Any] | None = reply.get("callback")
        self._s3: dict[str, Any] | None = reply.get("s3")
        self._cancel_url: str | None = (reply.get("cancel") or {}).get("get_url")
        self._retry_budget = retry_budget(context)
        self._cancelled = False
        self._next_heartbeat = self._next_check = float("-inf")

    def heartbeat(self, progress: Any = None) -> bool:
        """Send the progress (any JSON), at most every 5 s. True if the bridge accepted it. Never raises."""
        now = time.monotonic()
        if self._callback is None or now < self._next_heartbeat:
            return False
        self._next_heartbeat = now + HEARTBEAT_SECONDS
        body = {"type": "heartbeat"} if progress is None else {"type": "heartbeat", "progress": progress}
        try:
            return self._post(to_json(body), SHORT_TIMEOUT_SECONDS)
        except Exception as error:
            log(f"heartbeat failed: {error}")
            return False

    def cancelled(self) -> bool:
        """Whether the execution was cancelled. Checks at most every 5 seconds; once True it stays True."""
        now = time.monotonic()
        if self._cancelled or now < self._next_check:
            return self._cancelled
        self._next_check = now + HEARTBEAT_SECONDS
        if self._cancel_url is not None:
            self._cancelled = object_exists(self._cancel_url)
        else:
            self.heartbeat()
        return self._cancelled

    def _succeed(self, encoded: bytes) -> dict[str, Any] | None:
        """Send a result, JSON as bytes. Returns the reference to it if it was uploaded to S3."""
        ref = self._upload(encoded) if len(encoded) > MAX_INLINE_RESULT_BYTES else None
        # No callback: it would contain the whole result. The outcome in S3 is enough.
        if ref is not None and self._put(to_json({"status": "succeeded", "result_ref": ref})):
            return ref
        self._send_outcome(
            b'{"status":"succeeded","result":' + encoded + b"}",
            b'{"type":"succeeded","result":' + encoded + b"}",
        )
        return ref

    def _fail(self, error: BaseException) -> None:
        """Send the exception that the handler raised."""
        frames = traceback.format_tb(error.__traceback__)
        details = {
            "type": type(error).__name__[:500],
            "message": message_of(error),
            # Without the first frame, which is in this file.
            "stack_trace": [line.rstrip("\n") for line in frames[1:]],
        }
        document = {"status": "failed", "error": details}
        self._send_outcome(to_json(document), to_json({"type": "failed", "error": details}))

    def _send_outcome(self, document: bytes, callback_body: bytes) -> None:
        if self._s3 is not None:
            self._put(document)
        if self._callback is not None:
            self._try("callback to the bridge", lambda seconds: self._post(callback_body, seconds))

    def _upload(self, encoded: bytes) -> dict[str, Any] | None:
        name = "result_put_url"
        if (self._s3 or {}).get(name) is None or not self._put(encoded, name, "upload of the result to S3"):
            return None
        digest = hashlib.sha256(encoded).hexdigest()
        return {"size": len(encoded), "sha256": digest, "content_type": "application/json"}

    def _put(self, body: bytes, name: str = "put_url", what: str = "upload of the outcome to S3") -> bool:
        s3 = self._s3 or {}
        headers = {"Content-Type": "application/json", **(s3.get("headers") or {})}
        return self._try(what, lambda seconds: send("PUT", s3[name], seconds, body, headers)) is not None

    def _post(self, body: bytes, seconds: float) -> bool:
        callback = self._callback or {}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {callback['token']}"}
        response = json.loads(send("POST", callback["url"], seconds, body, headers) or b"{}")
        if not isinstance(response, dict):
            raise ValueError("the bridge's response is not a JSON object")
        self._cancelled = self._cancelled or response.get("cancel") is True
        return response.get("accepted") is True

    def _try(self, what: str, call: Callable[[float], Any]) -> Any:
        """Return the call's result, or None if it failed: the work is done, so the function must not fail."""
        try:
            # If S3 does not respond, time must remain for the callback.
            return with_retries(self._retry_budget(0.5 if self._s3 and self._callback else 1), call)
        except (OSError, ValueError) as error:
            log(f"{what} failed: {error}")
            return None


def retry_budget(context: Any) -> RetryBudget:
    """Return a function that limits retries to a share of the remaining time of the invocation."""
    ends = time.monotonic() + ASSUMED_REMAINING_SECONDS
    remaining_ms = getattr(context, "get_remaining_time_in_millis", lambda: (ends - time.monotonic()) * 1_000)
    return lambda share: min(MAX_RETRY_SECONDS, (float(remaining_ms()) / 1_000 - RESERVE_SECONDS) * share)


def bridge_function(handler: Callable[[Any, Any, Bridge], Any]) -> Callable[[Any, Any], Any]:
    """Make a Lambda handler from a function with the arguments (payload, context, bridge)."""

    @functools.wraps(handler)
    def run(event: Any, context: Any) -> Any:
        envelope = is_envelope(event)
        bridge = Bridge(event["bridge"] if envelope else {}, context)
        try:
            result = handler(payload_of(event, envelope, retry_budget(context)), context, bridge)
            if not envelope:
                # No outcome to send: the runtime encodes the result as without this helper.
                return result
            encoded = to_json(result)
        except BaseException as error:
            bridge._fail(error)
            raise
        ref = bridge._succeed(encoded)
        return {"result_ref": ref} if ref is not None and len(encoded) > MAX_RESPONSE_BYTES else result

    return run


def is_envelope(event: Any) -> bool:
    """Whether the event is the bridge's envelope: the payload, or a pointer to it, and `bridge`."""
    if not isinstance(event, dict) or set(event) - {"payload", "payload_ref", "bridge"} or len(event) != 2:
        return False
    bridge = event.get("bridge")
    return isinstance(bridge, dict) and {"version", "execution_id", "reply"} <= set(bridge)


def payload_of(event: Any, envelope: bool, budget: RetryBudget) -> Any:
    """Return the plain payload of the event."""
    if not envelope:
        return download(event, budget) if is_pointer(event) else event
    version = event["bridge"]["version"]
    if version != ENVELOPE_VERSION:
        raise PayloadError(f"This helper does not support version {version} of the envelope; update it.")
    return download(event["payload_ref"], budget) if "payload_ref" in event else event["payload"]


def is_pointer(event: Any) -> bool:
    """Whether the event is a pointer to the payload in S3."""
    return isinstance(event, dict) and {"s3_key", "s3_url", "size"} <= set(event) <= POINTER_KEYS


def download(pointer: dict[str, Any], budget: RetryBudget) -> Any:
    """Download a staged payload and verify its size and SHA-256."""
    body: bytes = with_retries(budget(1), lambda seconds: send("GET", pointer["s3_url"], seconds))
    key, size, sha256 = pointer["s3_key"], pointer.get("size"), pointer.get("sha256")
    if size is not None and size != len(body):
        raise PayloadError(f"{key} has {len(body)} bytes, not the {size} that were staged.")
    if sha256 is not None and sha256 != hashlib.sha256(body).hexdigest():
        raise PayloadError(f"The SHA-256 of {key} differs from that of the staged payload.")
    kind = pointer.get("content_type", "application/json").split(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return json.loads(body)
    return body.decode() if kind.startswith("text/") else body


def with_retries(budget: float, call: Callable[[float], Any]) -> Any:
    """Retry a call for up to `budget` seconds after network errors, with exponential backoff and jitter."""
    deadline = time.monotonic() + budget
    ceiling = 0.1
    while True:
        try:
            return call(max(0.1, min(REQUEST_TIMEOUT_SECONDS, deadline - time.monotonic())))
        except OSError as error:
            delay = random.uniform(0, ceiling)  # noqa: S311
            if not is_retryable(error) or time.monotonic() + delay > deadline:
                raise
        time.sleep(delay)
        ceiling = min(MAX_DELAY_SECONDS, ceiling * 2)


def is_retryable(error: OSError) -> bool:
    """Whether the same request may succeed later: no response, overload, or a server error."""
    return not isinstance(error, urllib.error.HTTPError) or error.code in {408, 429} or error.code >= 500


def object_exists(url: str) -> bool:
    """Whether the object exists. If the URL cannot be read, it counts as missing."""
    try:
        send("GET", url, SHORT_TIMEOUT_SECONDS)
    except (OSError, ValueError) as error:
        if not isinstance(error, urllib.error.HTTPError) or error.code not in {403, 404}:
            log(f"cancellation check failed: {error}")
        return False
    return True


def send(
    method: str, url: str, seconds: float, body: bytes | None = None, headers: dict[str, str] | None = None
) -> bytes:
    """Send one request. Raises OSError (HTTPError is one) for everything but success."""
    if not url.startswith(("https://", "http://")):
        raise ValueError("the event contains a URL that is neither https:// nor http://")
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
            return bytes(response.read())
    except urllib.error.HTTPError as error:
        error.close()
        raise
    except http.client.HTTPException as error:
        # For example an incomplete response, which is not an OSError.
        raise ConnectionError(f"{type(error).__name__}: {error}") from error


def to_json(value: Any) -> bytes:
    """Encode as JSON. Raises ValueError or TypeError for values that JSON does not have, such as NaN."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=encode_extra)
    # A lone surrogate, as in a file name that is not UTF-8, cannot be encoded; this escape is valid JSON.
    return text.encode(errors="backslashreplace")


def encode_extra(value: object) -> object:
    """Encode DynamoDB's Decimal as a number, as Lambda's own runtime does."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def message_of(error: BaseException) -> str:
    """Return the exception's message; empty if even that raises, since the outcome must be sent anyway."""
    try:
        return str(error)
    except Exception:
        return ""


def log(message: str) -> None:
    """Write to the function's log. URLs and tokens must never appear in it."""
    print(f"airflow-lambda-bridge: {message}", file=sys.stderr)
