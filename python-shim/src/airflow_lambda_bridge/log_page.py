"""One page of the log of an execution, as the bridge returns it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_lambda_bridge.exceptions import LambdaBridgeError


@dataclass(frozen=True)
class LogPage:
    """
    The log lines since the previous page.

    :param messages: oldest first, as the function wrote them; a message may have several lines
    :param next_after: cursor of the next page
    :param is_complete: no more lines will follow
    :param is_truncated: there are more lines than the bridge can return
    """

    messages: tuple[str, ...]
    next_after: str
    is_complete: bool
    is_truncated: bool

    @property
    def is_last(self) -> bool:
        """Whether the next page would be empty."""
        return self.is_complete or (self.is_truncated and not self.messages)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> LogPage:
        """
        Read a page from a response of the bridge; unknown members are ignored.

        :raises LambdaBridgeError: if the response is not a page of a log
        """
        if missing := {"events", "next_after"} - data.keys():
            raise LambdaBridgeError(
                f"The response is not the log of an execution of the Lambda bridge: it lacks "
                f"{', '.join(sorted(missing))}. Check the connection's host and port."
            )
        return cls(
            messages=tuple(event["message"] for event in data["events"]),
            next_after=data["next_after"],
            is_complete=data.get("complete", False),
            is_truncated=data.get("truncated", False),
        )
