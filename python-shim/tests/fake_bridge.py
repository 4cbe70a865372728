"""A fake bridge: a real HTTP server with the responses that a test sets, which records the requests."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

EXECUTION_ID = "01900000-0000-7000-8000-000000000001"


@dataclass(frozen=True)
class ReceivedRequest:
    """One request, as it was received."""

    route: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One response; ``drop`` closes the connection instead."""

    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    drop: bool = False
    before: Callable[[], object] | None = None

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def execution(state: str = "succeeded", **members: Any) -> dict[str, Any]:
    """An execution as the bridge returns it; members without a value are absent."""
    return {
        "id": EXECUTION_ID,
        "state": state,
        "function": "my_lambda_function",
        "invocation_type": "RequestResponse",
        "completion": ["response"],
        "created_at": "2026-11-01T10:00:00.000Z",
        "attempt": 1,
        "warnings": [],
        "labels": {},
        **members,
    }


def failed(kind: str = "function_error", **members: Any) -> dict[str, Any]:
    error = {
        "kind": kind,
        "type": "KeyError",
        "message": "'customer'",
        "stack_trace": ["File app.py, line 7, in handler"],
        "retryable": True,
    }
    return execution("failed", error=error, **members)


def problem(status: int, code: str, detail: str, **members: Any) -> Reply:
    body = {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code, **members}
    return Reply(status, body)


@dataclass
class FakeLog:
    """
    A log that grows: each read adds the messages of the next step, or returns that step's Reply.

    :param ends: whether the log is complete after the last step
    """

    steps: list[list[str] | Reply]
    ends: bool = True
    truncated: bool = False
    messages: list[str] = field(default_factory=list)

    def __call__(self, received: ReceivedRequest) -> Reply:
        step = self.steps.pop(0) if self.steps else []
        if isinstance(step, Reply):
            return step
        self.messages += step
        after = int(received.query.get("after", "cursor-0").removeprefix("cursor-"))
        body = {
            "events": [{"message": message} for message in self.messages[after:]],
            "next_after": f"cursor-{len(self.messages)}",
            "complete": self.ends and not self.steps,
            "truncated": self.truncated,
            "source": "cloudwatch",
        }
        return Reply(body=body)


class FakeBridge:
    """Start it with ``with``; then set the replies of routes such as ``POST /v1/executions``."""

    def __init__(self) -> None:
        self.received: list[ReceivedRequest] = []
        self._replies: dict[str, list[Reply | FakeLog]] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def set_replies(self, route: str, *replies: Reply | FakeLog | dict[str, Any] | bytes) -> None:
        """Set the replies of a route: one per request, the last one for all further requests."""
        self._replies[route] = [
            reply if isinstance(reply, Reply | FakeLog) else Reply(body=reply) for reply in replies
        ]

    def set_execution(self, *states: dict[str, Any], result: bytes | None = None) -> None:
        """Accept a submit, then return the execution in these states, and its result."""
        self.set_replies("POST /v1/executions", Reply(201, states[0]))
        self.set_replies(f"GET /v1/executions/{EXECUTION_ID}", *(states[1:] or states))
        self.set_replies(f"POST /v1/executions/{EXECUTION_ID}/cancel", execution("cancelled"))
        no_result = problem(404, "no_result", "It has no result.")
        self.set_replies(
            f"GET /v1/executions/{EXECUTION_ID}/result", no_result if result is None else Reply(body=result)
        )

    def requests(self, route: str) -> list[ReceivedRequest]:
        return [received for received in self.received if received.route == route]

    def next_reply(self, received: ReceivedRequest) -> Reply:
        with self._lock:
            self.received.append(received)
            replies = self._replies.get(received.route)
            if not replies:
                return problem(404, "not_found", f"{received.route} does not exist.")
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
            return reply(received) if isinstance(reply, FakeLog) else reply

    def __enter__(self) -> FakeBridge:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(bridge: FakeBridge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two small packets: Nagle's algorithm would delay the second until an ACK.
        disable_nagle_algorithm = True

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            route = f"{self.command} {url.path}"
            reply = bridge.next_reply(ReceivedRequest(route, dict(parse_qsl(url.query)), headers, body))
            if reply.before:
                reply.before()
            if reply.drop:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in (*reply.headers, ("Content-Length", str(len(reply.content)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.content)

        do_GET = do_POST = do_PUT = serve  # noqa: N815 (the base class's names)

        def log_message(self, format: str, *args: object) -> None:
            """Do not log."""

    return Handler
