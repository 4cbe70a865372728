"""
For Lambda functions that airflow-lambda-bridge runs: copy this one file beside your handler.

    from airflow_lambda_bridge_function import bridge_function

    @bridge_function
    def handler(payload, context, bridge):
        bridge.heartbeat({"done": 10})
        if bridge.cancelled():
            return None
        return {"answer": 42}

The handler gets the plain payload, whether the event was the payload itself, a pointer to it in S3, or the
envelope (`"envelope": true` in the request). With the envelope its outcome is reported to the bridge; without
one, `bridge` does nothing. Needs Python 3.9 or newer, no rights in S3 and no address of the bridge.
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
# Larger results travel through S3, where the envelope allows it.
INLINE_RESULT_BYTES = 256 * 1024
# Lambda fails an invocation that answers more: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ANSWER_BYTES = 6 * 1024 * 1024 - 10_240
# Between two heartbeats, and between two questions whether to stop.
SIGN_SECONDS = 5.0
SIGN_TIMEOUT_SECONDS = 3.0
SILENCE_SECONDS = 30.0
# Left for Lambda itself, which kills the function at its timeout.
RESERVE_SECONDS = 0.5
# Where the context does not tell how much time is left, as in a test.
ASSUMED_SECONDS = 60.0
# A function that only waits for the other side is paid for.
PATIENCE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 5.0


Patience = Callable[[float], float]


class PayloadError(Exception):
    """The payload could not be opened: it is not what the event says, or the event is not for this helper."""


class Bridge:
    """What the bridge told the function of its attempt (None without an envelope), and the way back to it."""

    def __init__(self, told: dict[str, Any], context: Any) -> None:
        """Take the member `bridge` of an envelope, or an empty one."""
        self.execution_id: str | None = told.get("execution_id")
        self.attempt: int | None = told.get("attempt")
        self.deadline_at: str | None = told.get("deadline_at")
        reply = told.get("reply") or {}
        self._callback: dict[str, Any] | None = reply.get("callback")
        self._s3: dict[str, Any] | None = reply.get("s3")
        self._cancel_url: str | None = (reply.get("cancel") or {}).get("get_url")
        self._patience = clock(context)
        self._cancelled = False
        self._next_heartbeat = self._next_question = float("-inf")

    def heartbeat(self, progress: Any = None) -> bool:
        """Say how far the work is (any JSON), at most every 5 s. True: the bridge took it. Never raises."""
        now = time.monotonic()
        if self._callback is None or now < self._next_heartbeat:
            return False
        self._next_heartbeat = now + SIGN_SECONDS
        sign = {"type": "heartbeat"} if progress is None else {"type": "heartbeat", "progress": progress}
        try:
            return self._post(to_json(sign), SIGN_TIMEOUT_SECONDS)
        except Exception as error:
            say(f"a heartbeat did not arrive: {error}")
            return False

    def cancelled(self) -> bool:
        """Whether somebody asked to stop. Asks at most every 5 seconds; once True it stays True."""
        now = time.monotonic()
        if self._cancelled or now < self._next_question:
            return self._cancelled
        self._next_question = now + SIGN_SECONDS
        if self._cancel_url is not None:
            self._cancelled = exists(self._cancel_url)
        else:
            self.heartbeat()
        return self._cancelled

    def _succeed(self, encoded: bytes) -> dict[str, Any] | None:
        """Report a result, JSON as bytes. Returns the reference to it when it was uploaded to S3."""
        ref = self._upload(encoded) if len(encoded) > INLINE_RESULT_BYTES else None
        # The callback could carry the result only whole: the report in S3 is the one that counts.
        if ref is not None and self._put(to_json({"status": "succeeded", "result_ref": ref})):
            return ref
        self._report(
            b'{"status":"succeeded","result":' + encoded + b"}",
            b'{"type":"succeeded","result":' + encoded + b"}",
        )
        return ref

    def _fail(self, error: BaseException) -> None:
        """Report what the handler raised."""
        frames = traceback.format_tb(error.__traceback__)
        told = {
            "type": type(error).__name__[:500],
            "message": text_of(error),
            # The first frame is this file's own.
            "stack_trace": [line.rstrip("\n") for line in frames[1:]],
        }
        self._report(to_json({"status": "failed", "error": told}), to_json({"type": "failed", "error": told}))

    def _report(self, document: bytes, body: bytes) -> None:
        if self._s3 is not None:
            self._put(document)
        if self._callback is not None:
            self._persist("the report to the bridge", lambda seconds: self._post(body, seconds))

    def _upload(self, encoded: bytes) -> dict[str, Any] | None:
        name = "result_put_url"
        if (self._s3 or {}).get(name) is None or not self._put(encoded, name, "the result"):
            return None
        digest = hashlib.sha256(encoded).hexdigest()
        return {"size": len(encoded), "sha256": digest, "content_type": "application/json"}

    def _put(self, body: bytes, name: str = "put_url", what: str = "the report to S3") -> bool:
        s3 = self._s3 or {}
        headers = {"Content-Type": "application/json", **(s3.get("headers") or {})}
        return self._persist(what, lambda seconds: send("PUT", s3[name], seconds, body, headers)) is not None

    def _post(self, body: bytes, seconds: float) -> bool:
        callback = self._callback or {}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {callback['token']}"}
        answer = json.loads(send("POST", callback["url"], seconds, body, headers) or b"{}")
        if not isinstance(answer, dict):
            raise ValueError("the answer is no JSON object, so it is not the bridge's")
        self._cancelled = self._cancelled or answer.get("cancel") is True
        return answer.get("accepted") is True

    def _persist(self, what: str, call: Callable[[float], Any]) -> Any:
        """Return the call's answer, or None: work that is done is not done again for a lost report."""
        try:
            # What S3 does not take must leave time for the callback.
            return persist(self._patience(0.5 if self._s3 and self._callback else 1), call)
        except (OSError, ValueError) as error:
            say(f"{what} failed: {error}")
            return None


def clock(context: Any) -> Patience:
    """Return what tells for how many seconds a call may be repeated: a share of what Lambda leaves us."""
    ends = time.monotonic() + ASSUMED_SECONDS
    left = getattr(context, "get_remaining_time_in_millis", lambda: (ends - time.monotonic()) * 1_000)
    return lambda share: min(PATIENCE_SECONDS, (float(left()) / 1_000 - RESERVE_SECONDS) * share)


def bridge_function(handler: Callable[[Any, Any, Bridge], Any]) -> Callable[[Any, Any], Any]:
    """Make a Lambda handler of a function that takes (payload, context, bridge)."""

    @functools.wraps(handler)
    def run(event: Any, context: Any) -> Any:
        envelope = is_envelope(event)
        bridge = Bridge(event["bridge"] if envelope else {}, context)
        try:
            result = handler(open_event(event, envelope, clock(context)), context, bridge)
            if not envelope:
                # Nobody to report to; what the runtime makes of it is the runtime's affair.
                return result
            encoded = to_json(result)
        except BaseException as error:
            bridge._fail(error)
            raise
        ref = bridge._succeed(encoded)
        return {"result_ref": ref} if ref is not None and len(encoded) > ANSWER_BYTES else result

    return run


def is_envelope(event: Any) -> bool:
    """Tell whether the event carries the payload beside what the bridge tells of the attempt."""
    if not isinstance(event, dict) or set(event) - {"payload", "payload_ref", "bridge"} or len(event) != 2:
        return False
    bridge = event.get("bridge")
    return isinstance(bridge, dict) and {"version", "execution_id", "reply"} <= set(bridge)


def open_event(event: Any, envelope: bool, patience: Patience) -> Any:
    """Return the plain payload of an event of any kind."""
    if not envelope:
        return download(event, patience) if is_pointer(event) else event
    version = event["bridge"]["version"]
    if version != ENVELOPE_VERSION:
        raise PayloadError(f"The envelope has version {version}, which this helper is too old for.")
    return download(event["payload_ref"], patience) if "payload_ref" in event else event["payload"]


def is_pointer(event: Any) -> bool:
    """Tell whether the event only says where the payload lies."""
    return isinstance(event, dict) and {"s3_key", "s3_url", "size"} <= set(event) <= POINTER_KEYS


def download(pointer: dict[str, Any], patience: Patience) -> Any:
    """Fetch a staged payload and check that it is the one that was staged."""
    body: bytes = persist(patience(1), lambda seconds: send("GET", pointer["s3_url"], seconds))
    key, size, sha256 = pointer["s3_key"], pointer.get("size"), pointer.get("sha256")
    if size is not None and size != len(body):
        raise PayloadError(f"{key} has {len(body)} bytes, not the {size} that were staged.")
    if sha256 is not None and sha256 != hashlib.sha256(body).hexdigest():
        raise PayloadError(f"{key} is not what was staged: its SHA-256 differs.")
    kind = pointer.get("content_type", "application/json").split(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return json.loads(body)
    return body.decode() if kind.startswith("text/") else body


def persist(patience: float, call: Callable[[float], Any]) -> Any:
    """Repeat a call that failed on the way, with growing random pauses, for so many seconds."""
    until = time.monotonic() + patience
    pause = 0.1
    while True:
        try:
            return call(max(0.1, min(SILENCE_SECONDS, until - time.monotonic())))
        except OSError as error:
            wait = random.uniform(0, pause)  # noqa: S311
            if not is_passing(error) or time.monotonic() + wait > until:
                raise
        time.sleep(wait)
        pause = min(LONGEST_PAUSE_SECONDS, pause * 2)


def is_passing(error: OSError) -> bool:
    """Tell whether the same request may pass later: no answer, overload, or a fault of the other side."""
    return not isinstance(error, urllib.error.HTTPError) or error.code in {408, 429} or error.code >= 500


def exists(url: str) -> bool:
    """Tell whether an object is there. A URL that may not be read is no answer, so it counts as no."""
    try:
        send("GET", url, SIGN_TIMEOUT_SECONDS)
    except (OSError, ValueError) as error:
        if not isinstance(error, urllib.error.HTTPError) or error.code not in {403, 404}:
            say(f"asking whether to stop failed: {error}")
        return False
    return True


def send(
    method: str, url: str, seconds: float, body: bytes | None = None, headers: dict[str, str] | None = None
) -> bytes:
    """Send one request. Raises OSError (HTTPError is one) for all but success."""
    if not url.startswith(("https://", "http://")):
        raise ValueError("the event holds an address that is neither https:// nor http://")
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
            return bytes(response.read())
    except urllib.error.HTTPError as error:
        error.close()
        raise
    except http.client.HTTPException as error:
        # Such as a cut answer, which is no OSError.
        raise ConnectionError(f"{type(error).__name__}: {error}") from error


def to_json(value: Any) -> bytes:
    """Encode as JSON. Raises ValueError or TypeError for what JSON cannot hold, such as NaN."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=encode_extra)
    # A lone surrogate, as of a file name in no UTF-8, cannot be encoded; this escape of it is JSON's as well.
    return text.encode(errors="backslashreplace")


def encode_extra(value: object) -> object:
    """Write DynamoDB's Decimal as a number, as Lambda's own runtime does."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def text_of(error: BaseException) -> str:
    """Tell what an error says: one that fails even at that must be reported all the same."""
    try:
        return str(error)
    except Exception:
        return ""


def say(message: str) -> None:
    """Write to the function's log. Addresses and tokens never appear in it."""
    print(f"airflow-lambda-bridge: {message}", file=sys.stderr)
