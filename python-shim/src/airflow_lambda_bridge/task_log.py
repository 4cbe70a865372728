"""What goes into the Airflow task log when an execution has ended."""

from __future__ import annotations

from typing import Any

from airflow_lambda_bridge.execution import Execution
from airflow_lambda_bridge.hooks import LambdaBridgeHook
from airflow_lambda_bridge.log_follower import LogFollower


def write_log_tail(log: Any, lines: list[str] | None, *, keep_empty_lines: bool = True) -> None:
    """Write the end of the function's log, one record per line, as the Amazon provider's operator does."""
    if not lines:
        return
    log.info("The last 4 KB of the Lambda execution log (keep_empty_log_lines=%s).", keep_empty_lines)
    for line in lines:
        log.info("%s", line)


def write_log_result(log: Any, log_result: str | None, *, keep_empty_lines: bool = True) -> None:
    """Write a ``LogResult`` of an answer shaped like boto3's; what cannot be read is left out."""
    if log_result:
        lines = LambdaBridgeHook.encode_log_result(log_result, keep_empty_lines=keep_empty_lines)
        write_log_tail(log, lines, keep_empty_lines=keep_empty_lines)


def write_end(
    log: Any,
    execution: Execution,
    follower: LogFollower | None,
    *,
    log_tail: bool,
    keep_empty_lines: bool = True,
) -> None:
    """
    Write the bridge's warnings, the function's log and its stack trace.

    :param follower: goes on with a log that it began to write; then the tail is left out
    :param log_tail: whether the log was asked for; that of an execution without success is always written
    """
    for warning in execution.warnings:
        log.warning("Lambda bridge: %s", warning)
    if follower and follower.has_rest(execution):
        follower.write_rest()
    elif log_tail or execution.is_unsuccessful:
        lines = [line for line in (execution.log_tail or "").splitlines() if keep_empty_lines or line]
        write_log_tail(log, lines, keep_empty_lines=keep_empty_lines)
    if execution.is_unsuccessful and execution.failure.stack_trace:
        frames = (frame.rstrip("\n") for frame in execution.failure.stack_trace)
        log.error("Stack trace of the function:\n%s", "\n".join(frames))
