"""One answer of the bridge about the log of an execution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_lambda_bridge.exceptions import LambdaBridgeError


@dataclass(frozen=True)
class LogPage:
    """
    The log lines that came since the page before.

    :param messages: oldest first, as the function wrote them; one may have several lines
    :param next_after: cursor of the page that follows
    :param is_complete: no line will follow
    :param is_truncated: there are more lines than the bridge can give
    """

    messages: tuple[str, ...]
    next_after: str
    is_complete: bool
    is_truncated: bool

    @property
    def is_last(self) -> bool:
        """Whether asking again would bring nothing."""
        return self.is_complete or (self.is_truncated and not self.messages)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> LogPage:
        """
        Read an answer of the bridge's HTTP contract; members that this version does not know are left.

        :raises LambdaBridgeError: when it is none
        """
        if missing := {"events", "next_after"} - data.keys():
            raise LambdaBridgeError(
                f"The answer is not the log of an execution of the Lambda bridge, since it lacks "
                f"{', '.join(sorted(missing))}. Check host and port of the connection."
            )
        return cls(
            messages=tuple(event["message"] for event in data["events"]),
            next_after=data["next_after"],
            is_complete=data.get("complete", False),
            is_truncated=data.get("truncated", False),
        )
