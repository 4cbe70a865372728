"""An execution as the bridge shows it: what operator, sensor and trigger ask, so that none decides twice."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from airflow_lambda_bridge.exceptions import LambdaBridgeError

TERMINAL_STATES = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True)
class Failure:
    """Why an execution did not succeed; the kinds are those of :class:`LambdaExecutionFailed`."""

    kind: str
    message: str
    type: str | None = None
    stack_trace: tuple[str, ...] = ()
    retryable: bool = True
    """Whether the bridge thinks that running the function again may help."""

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
    One requested run of a Lambda function.

    States: ``queued``, ``running``, ``in_doubt`` (Lambda's answer was lost and the bridge looks for
    evidence), then ``succeeded``, ``failed`` or ``cancelled``. The result is not part of it: the hook reads
    it as text, since parsing JSON would change numbers such as ``1.0``.
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
        """Whether it has ended; it never changes after that."""
        return self.state in TERMINAL_STATES

    @property
    def is_successful(self) -> bool:
        """Whether it ended and the function succeeded."""
        return self.state == "succeeded"

    @property
    def is_unsuccessful(self) -> bool:
        """Whether it ended as failed or cancelled."""
        return self.is_terminal and not self.is_successful

    @property
    def has_log(self) -> bool:
        """Whether Lambda has given the invocation a name, by which its log lines are found."""
        return self.request_id is not None or self.durable_execution_arn is not None

    @property
    def is_accepted(self) -> bool:
        """
        Whether Lambda has taken the invocation, as far as one can know before its end.

        Lambda answers an ``Event`` with its request id as soon as it is queued there; while that answer is in
        doubt nobody knows. A ``RequestResponse`` answers only at its end, so for that one having been sent
        must do.
        """
        if self.invocation_type == "Event":
            return self.is_terminal or (self.state == "running" and self.request_id is not None)
        return self.state != "queued"

    @property
    def failure(self) -> Failure:
        """Why it did not succeed; also for a bridge that says no more than ``cancelled``."""
        if self.error is not None:
            return self.error
        kind = "cancelled" if self.state == "cancelled" else "unknown"
        return Failure(kind=kind, message=f"The execution of {self.function} ended as {self.state}.")

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Execution:
        """
        Read an execution of the bridge's HTTP contract; members that this version does not know are left.

        :raises LambdaBridgeError: when it is no execution
        """
        if missing := {"id", "state", "function"} - data.keys():
            raise LambdaBridgeError(
                f"The answer is not an execution of the Lambda bridge, since it lacks "
                f"{', '.join(sorted(missing))}. Check host and port of the connection."
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
        """Return it as :meth:`from_dict` reads it, of types that JSON has."""
        data = asdict(self)
        data["warnings"] = [{"message": message} for message in self.warnings]
        if self.error:
            data["error"]["stack_trace"] = list(self.error.stack_trace)
        return data


def cancellation_message(answer: dict[str, Any]) -> str:
    """Return what the bridge could do about a cancel request, in its own sentence."""
    cancellation = answer.get("cancellation") or {}
    return cancellation.get("message") or f"Execution {answer.get('id')} is {answer.get('state')}."
