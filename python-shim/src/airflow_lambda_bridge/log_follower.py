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
"""Each call for the log costs calls of CloudWatch Logs, whose rate all executions share: 5 a second by the
bridge's default, which FilterLogEvents allows in every Region
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html)."""

# CloudWatch shows a line some seconds after the function wrote it.
REST_SECONDS = 10.0
REST_POLL_SECONDS = 1.0


class LogFollower:
    """
    Writes each log line of one execution once, as its own record.

    Only an ``Event`` can be followed: of a ``RequestResponse`` Lambda names the lines with its answer.
    What goes wrong with the log never fails the task; it is told once, as a warning.

    :param log: the task's logger
    :param cursor: that of the follower that the task had before it was deferred
    :param wanted: False asks the bridge for nothing, unless there is a cursor to go on from
    :param keep_empty_lines: whether to write empty lines
    """

    def __init__(
        self,
        log: Any,
        hook: LambdaBridgeHook,
        execution: Execution,
        *,
        cursor: str | None = None,
        wanted: bool = True,
        keep_empty_lines: bool = True,
    ) -> None:
        self.execution_id = execution.id
        self.cursor = cursor
        """Where the written lines end; None while there are none."""
        self._log = log
        self._hook = hook
        self._function = execution.function
        self._keep_empty_lines = keep_empty_lines
        self._due = time.monotonic() + LOG_INTERVAL_SECONDS
        can_follow = wanted and execution.invocation_type == "Event"
        self._is_over = cursor is None and not can_follow
        self._told: set[str] = set()

    def wait_for_end(
        self,
        execution: Execution,
        seconds: float | None = None,
        poll_interval: float = DEFAULT_POLL_SECONDS,
    ) -> Execution:
        """Wait as :meth:`LambdaBridgeHook.wait_for_end` does, and write the lines that come meanwhile."""
        if self._is_over:
            return self._hook.wait_for_end(execution, seconds, poll_interval)
        return self._hook.wait_for_end(
            execution,
            seconds,
            poll_interval,
            between_looks=self._write_due,
            longest_look=LOG_INTERVAL_SECONDS,
        )

    def write_new(self) -> None:
        """Write the lines that came since the last call, where there can be some."""
        if self._is_over:
            return
        try:
            page = self._hook.logs(self.execution_id, self.cursor)
        except LambdaBridgeError as error:
            # The same request would be refused again.
            self._is_over = isinstance(error, LambdaBridgeRequestError)
            self._tell_once("The function's log cannot be read now; the task goes on. %s", error)
        else:
            self._write(page)
            self._is_over = page.is_last

    def has_rest(self, ended: Execution) -> bool:
        """Whether the log is to be finished from here, instead of by the tail that would repeat lines."""
        return self.cursor is not None or (not self._is_over and ended.has_log and not ended.log_tail)

    def write_rest(self) -> None:
        """Write what is left of an ended execution's log, and wait up to 10 s for lines that come late."""
        ends = time.monotonic() + REST_SECONDS
        self.write_new()
        while not self._is_over and time.monotonic() + REST_POLL_SECONDS < ends:
            time.sleep(REST_POLL_SECONDS)
            self.write_new()
        if not self._is_over:
            self._tell_once(
                "The end of the function's log did not come within %d s: its last lines may be missing here. "
                "%s/logs has them later.",
                REST_SECONDS,
                self._hook.execution_url(self.execution_id),
            )

    def _write_due(self) -> None:
        if time.monotonic() >= self._due:
            self.write_new()
            self._due = time.monotonic() + LOG_INTERVAL_SECONDS

    def _write(self, page: LogPage) -> None:
        if page.messages:
            if self.cursor is None:
                self._log.info("Lambda execution log of %s, as it comes:", self._function)
            # An empty page leaves the cursor where it is, so that it tells whether lines were written.
            self.cursor = page.next_after
        for message in page.messages:
            for line in message.splitlines() or [""]:
                if line or self._keep_empty_lines:
                    self._log.info("%s", line)
        if page.is_truncated:
            self._tell_once("There are more log lines than the bridge can give; CloudWatch has them all.")

    def _tell_once(self, text: str, *arguments: Any) -> None:
        if text not in self._told:
            self._told.add(text)
            self._log.warning(text, *arguments)
