"""Writes the log lines of an execution to the task log while the task waits for its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from airflow_lambda_bridge.exceptions import LambdaBridgeError, LambdaBridgeRequestError
from airflow_lambda_bridge.hooks import DEFAULT_POLL_SECONDS

if TYPE_CHECKING:
    from airflow_lambda_bridge.execution import Execution
    from airflow_lambda_bridge.hooks import LambdaBridgeHook
    from airflow_lambda_bridge.log_page import LogPage

LOG_INTERVAL_SECONDS = 5.0
"""Seconds between two reads. Each read costs requests to CloudWatch Logs, and all executions share their
rate. The bridge's default is 5 per second, which FilterLogEvents allows in every Region
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html)."""

# CloudWatch shows a line a few seconds after the function wrote it.
LATE_LINES_SECONDS = 10.0
LATE_LINES_POLL_SECONDS = 1.0


class LogFollower:
    """
    Writes each log line of one execution once, as its own record.

    Only the log of an ``Event`` can be followed, because for a ``RequestResponse`` Lambda returns the request
    id only with the response. A problem with the log never fails the task. It is logged once, as a warning.

    :param log: the task's logger
    :param cursor: the cursor of the follower that the task had before it was deferred
    :param enabled: False reads no log, unless there is a cursor to continue from
    :param keep_empty_lines: whether to write empty lines
    """

    def __init__(
        self,
        log: Any,
        hook: LambdaBridgeHook,
        execution: Execution,
        *,
        cursor: str | None = None,
        enabled: bool = True,
        keep_empty_lines: bool = True,
    ) -> None:
        self.execution_id = execution.id
        self.cursor = cursor
        """The cursor after the last written line; None if no line was written."""
        self._log = log
        self._hook = hook
        self._function = execution.function
        self._keep_empty_lines = keep_empty_lines
        self._next_read_at = time.monotonic() + LOG_INTERVAL_SECONDS
        can_follow = enabled and execution.invocation_type == "Event"
        self._is_finished = cursor is None and not can_follow
        self._warned: set[str] = set()

    def wait_for_end(
        self,
        execution: Execution,
        seconds: float | None = None,
        poll_interval: float = DEFAULT_POLL_SECONDS,
    ) -> Execution:
        """Wait as :meth:`LambdaBridgeHook.wait_for_end` does, and write new lines meanwhile."""
        if self._is_finished:
            return self._hook.wait_for_end(execution, seconds, poll_interval)
        return self._hook.wait_for_end(
            execution,
            seconds,
            poll_interval,
            between_polls=self._write_if_due,
            max_poll_seconds=LOG_INTERVAL_SECONDS,
        )

    def write_new(self) -> None:
        """Write the lines since the last call, unless no more can come."""
        if self._is_finished:
            return
        try:
            page = self._hook.logs(self.execution_id, self.cursor)
        except LambdaBridgeError as error:
            # If the bridge refused the request, it would refuse the next one, too.
            self._is_finished = isinstance(error, LambdaBridgeRequestError)
            self._warn_once("The function's log cannot be read now; the task continues. %s", error)
        else:
            self._write(page)
            self._is_finished = page.is_last

    def has_remaining(self, ended: Execution) -> bool:
        """Whether to write the remaining lines. Otherwise the log tail is written, which may repeat lines."""
        return self.cursor is not None or (not self._is_finished and ended.has_log and not ended.log_tail)

    def write_remaining(self) -> None:
        """Write the remaining lines of an ended execution, and wait up to 10 s for late lines."""
        ends = time.monotonic() + LATE_LINES_SECONDS
        self.write_new()
        while not self._is_finished and time.monotonic() + LATE_LINES_POLL_SECONDS < ends:
            time.sleep(LATE_LINES_POLL_SECONDS)
            self.write_new()
        if not self._is_finished:
            self._warn_once(
                "The function's log was not complete within %d s: its last lines may be missing here. "
                "Read them later at %s/logs.",
                LATE_LINES_SECONDS,
                self._hook.execution_url(self.execution_id),
            )

    def _write_if_due(self) -> None:
        if time.monotonic() >= self._next_read_at:
            self.write_new()
            self._next_read_at = time.monotonic() + LOG_INTERVAL_SECONDS

    def _write(self, page: LogPage) -> None:
        if page.messages:
            if self.cursor is None:
                self._log.info("Lambda execution log of %s (live):", self._function)
            # An empty page does not change the cursor: None means that no line was written.
            self.cursor = page.next_after
        for message in page.messages:
            for line in message.splitlines() or [""]:
                if line or self._keep_empty_lines:
                    self._log.info("%s", line)
        if page.is_truncated:
            self._warn_once(
                "There are more log lines than the bridge can return; CloudWatch has all of them."
            )

    def _warn_once(self, text: str, *arguments: Any) -> None:
        if text not in self._warned:
            self._warned.add(text)
            self._log.warning(text, *arguments)
