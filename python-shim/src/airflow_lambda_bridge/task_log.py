"""Writes the log of an ended execution to the Airflow task log."""

from __future__ import annotations

from typing import Any

from airflow_lambda_bridge.execution import Execution
from airflow_lambda_bridge.hooks import LambdaBridgeHook
from airflow_lambda_bridge.log_follower import LogFollower


def write_log_tail(log: Any, lines: list[str] | None, *, keep_empty_lines: bool = True) -> None:
    """Write the log tail, one record per line, as the Amazon provider's operator does."""
    if not lines:
        return
    log.info("The last 4 KB of the Lambda execution log (keep_empty_log_lines=%s).", keep_empty_lines)
    for line in lines:
        log.info("%s", line)


def write_log_result(log: Any, log_result: str | None, *, keep_empty_lines: bool = True) -> None:
    """Write the ``LogResult`` of a boto3-like response; one that cannot be decoded is ignored."""
    if log_result:
        lines = LambdaBridgeHook.encode_log_result(log_result, keep_empty_lines=keep_empty_lines)
        write_log_tail(log, lines, keep_empty_lines=keep_empty_lines)


def write_outcome(
    log: Any,
    execution: Execution,
    follower: LogFollower | None,
    *,
    log_tail: bool,
    keep_empty_lines: bool = True,
) -> None:
    """
    Write the bridge's warnings, the function's log and its stack trace.

    :param follower: if it has begun to write the log, it writes the remaining lines instead of the log tail
    :param log_tail: write the tail of a successful execution too
    """
    for warning in execution.warnings:
        log.warning("Lambda bridge: %s", warning)
    if follower and follower.has_remaining(execution):
        follower.write_remaining()
    elif log_tail or execution.is_unsuccessful:
        lines = [line for line in (execution.log_tail or "").splitlines() if keep_empty_lines or line]
        write_log_tail(log, lines, keep_empty_lines=keep_empty_lines)
    if execution.is_unsuccessful and execution.failure.stack_trace:
        frames = (frame.rstrip("\n") for frame in execution.failure.stack_trace)
        log.error("Stack trace of the function:\n%s", "\n".join(frames))
