"""An execution as the bridge returns it, and what operator, sensor and trigger need to know about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from airflow_lambda_bridge.exceptions import LambdaBridgeError

TERMINAL_STATES = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True)
class Failure:
    """Why an execution did not succeed; the kinds are those of ``LambdaExecutionFailed``."""

    kind: str
    message: str
    type: str | None = None
    stack_trace: tuple[str, ...] = ()
    retryable: bool = True
    """Whether running the function again may help, in the bridge's opinion."""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Failure:
        """Read the ``error`` member of an execution."""
        return cls(
            kind=data["kind"],
            message=data.get("message") or "",
            type=data.get("type"),
            stack_trace=tuple(data.get("stack_trace") or ()),
            retryable=data.get("retryable", True),
        )


@dataclass(frozen=True)
class Execution:
    """
    A request to run a Lambda function, from its submit to its end.

    States: ``queued``, ``running``, ``in_doubt`` (Lambda's answer was lost and the bridge polls for
    evidence of the outcome), then ``succeeded``, ``failed`` or ``cancelled``. The result is not included: the
    hook reads it as text, because parsing the JSON could change numbers such as ``1.0``.
    """

    id: str
    state: str
    function: str
    invocation_type: str = "RequestResponse"
    request_id: str | None = None
    durable_execution_arn: str | None = None
    executed_version: str | None = None
    error: Failure | None = None
    log_tail: str | None = None
    warnings: tuple[str, ...] = field(default=())

    @property
    def is_terminal(self) -> bool:
        """Whether it has ended; a terminal state never changes."""
        return self.state in TERMINAL_STATES

    @property
    def is_successful(self) -> bool:
        """Whether it ended with success."""
        return self.state == "succeeded"

    @property
    def is_unsuccessful(self) -> bool:
        """Whether it ended as failed or cancelled."""
        return self.is_terminal and not self.is_successful

    @property
    def has_log(self) -> bool:
        """Whether its log lines can be found: by Lambda's request id or by the durable execution."""
        return self.request_id is not None or self.durable_execution_arn is not None

    @property
    def is_accepted(self) -> bool:
        """
        Whether Lambda has accepted the invocation, as far as this can be known before its end.

        For an ``Event``, Lambda returns the request id as soon as it has queued the event. For a
        ``RequestResponse``, Lambda answers only when the function has ended, so it counts as accepted as soon
        as it was sent.
        """
        if self.invocation_type == "Event":
            return self.is_terminal or (self.state == "running" and self.request_id is not None)
        return self.state != "queued"

    @property
    def failure(self) -> Failure:
        """Why it did not succeed. If the bridge sent no error, the text is made from the state."""
        if self.error is not None:
            return self.error
        kind = "cancelled" if self.state == "cancelled" else "unknown"
        return Failure(kind=kind, message=f"The execution of {self.function} ended as {self.state}.")

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Execution:
        """
        Read an execution from a response of the bridge; unknown members are ignored.

        :raises LambdaBridgeError: if the response is not an execution
        """
        if missing := {"id", "state", "function"} - data.keys():
            raise LambdaBridgeError(
                f"The response is not an execution of the Lambda bridge: it lacks "
                f"{', '.join(sorted(missing))}. Check the connection's host and port."
            )
        error = data.get("error")
        return cls(
            id=data["id"],
            state=data["state"],
            function=data["function"],
            invocation_type=data.get("invocation_type") or "RequestResponse",
            request_id=data.get("request_id"),
            durable_execution_arn=data.get("durable_execution_arn"),
            executed_version=data.get("executed_version"),
            error=Failure.from_dict(error) if error else None,
            log_tail=data.get("log_tail"),
            warnings=tuple(warning["message"] for warning in data.get("warnings") or ()),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the dict that :meth:`from_dict` reads; it can be serialized as JSON."""
        data = asdict(self)
        data["warnings"] = [{"message": message} for message in self.warnings]
        if self.error:
            data["error"]["stack_trace"] = list(self.error.stack_trace)
        return data


def cancellation_message(response: dict[str, Any]) -> str:
    """Return the bridge's sentence about what a cancel request did."""
    cancellation = response.get("cancellation") or {}
    return cancellation.get("message") or f"Execution {response.get('id')} is {response.get('state')}."
