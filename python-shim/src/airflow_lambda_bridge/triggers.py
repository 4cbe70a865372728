"""The trigger: waits for the end of one execution while its task is deferred."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from airflow.providers.common.compat.connection import get_async_connection
from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_lambda_bridge.client import requests
from airflow_lambda_bridge.client.http_client import AsyncBridgeClient
from airflow_lambda_bridge.client.settings import BridgeSettings
from airflow_lambda_bridge.deferred_state import is_still_deferred
from airflow_lambda_bridge.exceptions import LambdaBridgeError, LambdaBridgeUnavailable
from airflow_lambda_bridge.execution import Execution, cancellation_message
from airflow_lambda_bridge.execution_query import ExecutionQuery

FIRST_POLL_SECONDS = 5.0
"""If a trigger fires before the scheduler has recorded the deferral, the task fails with a state mismatch:
https://github.com/apache/airflow/issues/66374 and /issues/72716."""

# Must stay below [triggerer] on_kill_timeout, which is 30 s.
_KILL_RETRY_SECONDS = 15.0

# Since Airflow 3.3, the triggerer calls on_kill if a user ends the task, but not if the triggerer shuts down.
_AIRFLOW_CALLS_ON_KILL = hasattr(BaseTrigger, "on_kill")


class LambdaExecutionTrigger(BaseTrigger):
    """
    Waits until an execution has ended, then fires once.

    The event is ``{"execution_id": …, "state": …, "deadline": …, "log_cursor": …}``. The trigger also fires,
    without a terminal state, if the deadline has passed or if the bridge refuses the request. In any case the
    worker reads the execution again, and handles its state, result, error and log. While the bridge does not
    respond, the trigger keeps polling.

    :param bridge_conn_id: connection to the bridge
    :param execution_id: the execution to wait for; None finds one by ``query``
    :param query: arguments of :class:`ExecutionQuery`. The trigger waits until there is such an execution,
        and then for the end of the newest one.
    :param poll_interval: minimum seconds between two polls; one poll waits up to 30 s for the end
    :param first_poll_after: seconds before the first poll
    :param deadline: when to stop waiting, in seconds since 1970; None waits until the end
    :param log_cursor: end of the log lines that the task has written; returned in the event
    :param cancel_on_kill: cancel the execution when a user ends the deferred task (mark success, mark
        failed, clear)
    """

    def __init__(
        self,
        *,
        bridge_conn_id: str,
        execution_id: str | None = None,
        query: dict[str, Any] | None = None,
        poll_interval: float = 5.0,
        first_poll_after: float = FIRST_POLL_SECONDS,
        deadline: float | None = None,
        log_cursor: str | None = None,
        cancel_on_kill: bool = False,
    ) -> None:
        super().__init__()
        self.bridge_conn_id = bridge_conn_id
        self.execution_id = execution_id
        self.query = query
        self.poll_interval = poll_interval
        self.first_poll_after = first_poll_after
        self.deadline = deadline
        self.log_cursor = log_cursor
        self.cancel_on_kill = cancel_on_kill

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and the constructor's arguments."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "bridge_conn_id": self.bridge_conn_id,
                "execution_id": self.execution_id,
                "query": self.query,
                "poll_interval": self.poll_interval,
                "first_poll_after": self.first_poll_after,
                "deadline": self.deadline,
                "log_cursor": self.log_cursor,
                "cancel_on_kill": self.cancel_on_kill,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Fire once: at the end of the execution, at the deadline, or when the bridge refuses the request."""
        try:
            event = await self._wait()
        except asyncio.CancelledError:
            await self._cancel_unless_deferred()
            raise
        yield TriggerEvent(event)

    async def on_kill(self) -> None:
        """Cancel the execution of a task that a user ended; called by Airflow 3.3 and later."""
        if self.cancel_on_kill and self.execution_id:
            settings = replace(await self._settings(), retry_seconds=_KILL_RETRY_SECONDS)
            async with AsyncBridgeClient(settings) as client:
                response = await client.send_for_object(requests.cancel(self.execution_id))
            self.log.info("Cancelled execution %s: %s", self.execution_id, cancellation_message(response))

    async def _cancel_unless_deferred(self) -> None:
        """Call on_kill where Airflow does not, unless the trigger only moves to another triggerer."""
        if _AIRFLOW_CALLS_ON_KILL or not self.cancel_on_kill or self.task_instance is None:
            return
        try:
            if not await is_still_deferred(self.task_instance):
                await self.on_kill()
        except Exception:
            self.log.exception("Could not cancel execution %s of the ended task.", self.execution_id)

    async def _settings(self) -> BridgeSettings:
        return BridgeSettings.from_connection(await get_async_connection(self.bridge_conn_id))

    async def _wait(self) -> dict[str, Any]:
        # No retries in the client: the loop below retries.
        settings = replace(await self._settings(), retry_seconds=0)
        await asyncio.sleep(min(self.first_poll_after, self._remaining()))
        async with AsyncBridgeClient(settings) as client:
            unavailable = False
            while True:
                started = time.monotonic()
                remaining = self._remaining()
                execution = None
                try:
                    execution = await self._poll(client, remaining)
                    unavailable = False
                except LambdaBridgeUnavailable as error:
                    if not unavailable:
                        self.log.warning("%s The trigger keeps polling.", error)
                    unavailable = True
                except LambdaBridgeError as error:
                    self.log.error("%s", error)
                    return self._event(None)
                if (execution and execution.is_terminal) or remaining <= 0:
                    return self._event(execution)
                delay = self.poll_interval - (time.monotonic() - started)
                await asyncio.sleep(max(0, min(delay, self._remaining())))

    async def _poll(self, client: AsyncBridgeClient, remaining: float) -> Execution | None:
        execution_id = self.execution_id
        if execution_id is None:
            query = ExecutionQuery(**self.query or {})
            newest = query.newest(await client.send_for_object(query.request()))
            if newest is None or newest.is_terminal:
                return newest
            execution_id = newest.id
        response = await client.send_for_object(requests.get_execution(execution_id, remaining))
        return Execution.from_dict(response)

    def _event(self, execution: Execution | None) -> dict[str, Any]:
        return {
            "execution_id": execution.id if execution else self.execution_id,
            "state": execution.state if execution else None,
            "deadline": self.deadline,
            "log_cursor": self.log_cursor,
        }

    def _remaining(self) -> float:
        """Seconds until the deadline, by the wall clock: the deadline was set in another process."""
        return self.deadline - time.time() if self.deadline is not None else float("inf")
