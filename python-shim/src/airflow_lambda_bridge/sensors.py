"""The sensor: waits for the end of a Lambda execution."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.common.compat.sdk import BaseSensorOperator, PokeReturnValue, conf

from airflow_lambda_bridge.client.requests import MAX_WAIT_SECONDS
from airflow_lambda_bridge.exceptions import LambdaResultError, LambdaSensorFailed
from airflow_lambda_bridge.execution import Execution
from airflow_lambda_bridge.execution_error import execution_error
from airflow_lambda_bridge.execution_query import ExecutionQuery
from airflow_lambda_bridge.hooks import LambdaBridgeHook
from airflow_lambda_bridge.log_follower import LogFollower
from airflow_lambda_bridge.result import result_text
from airflow_lambda_bridge.task_log import write_outcome
from airflow_lambda_bridge.triggers import LambdaExecutionTrigger

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class LambdaSensor(BaseSensorOperator):
    """
    Wait for the end of an execution: succeed if the function succeeded, otherwise fail.

    Give either ``execution_id`` or ``function_name``. With ``function_name``, the sensor waits for the newest
    execution of that function in this DAG run; if there is none yet, it waits for one. The last lines of the
    function's log are written to the task log. In mode ``poke``, the lines of an ``Event`` are written while
    a poll waits. The sensor returns the result as text if the bridge has a result.

    When an execution fails, the sensor is not retried, because the state of an ended execution never changes.
    Clear the task that started the execution. With ``soft_fail`` the sensor is skipped instead of failing.

    :param execution_id: XCom ``execution_id`` of the task that started it (templated)
    :param function_name: the same as in that task; if it has a qualifier, only executions of that version or
        alias (templated)
    :param invocation_type: with ``function_name``, only executions invoked this way (templated)
    :param invoke_task_id: with ``function_name``, only executions that this task started (templated)
    :param map_index: with ``function_name``, only executions that this map index of a mapped task started; in
        a mapped task group use ``"{{ ti.map_index }}"``, otherwise each mapped sensor waits for the newest
        execution of all map indexes (templated)
    :param check_interval: seconds between two polls; another name for ``poke_interval``. In mode ``poke``
        each poll is a long poll of up to 30 s.
    :param bridge_conn_id: connection of type ``lambda_bridge`` (templated)
    :param deferrable: wait in the triggerer instead of on a worker
    """

    template_fields: Sequence[str] = (
        "bridge_conn_id",
        "execution_id",
        "function_name",
        "invocation_type",
        "invoke_task_id",
        "map_index",
    )
    ui_color = "#ff7300"

    def __init__(
        self,
        *,
        execution_id: str | None = None,
        function_name: str | None = None,
        invocation_type: str | None = None,
        invoke_task_id: str | None = None,
        map_index: int | str | None = None,
        check_interval: timedelta | float | None = None,
        bridge_conn_id: str = LambdaBridgeHook.default_conn_name,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        if check_interval is not None:
            kwargs["poke_interval"] = check_interval
        super().__init__(**kwargs)
        if (execution_id is None) == (function_name is None):
            raise ValueError("LambdaSensor takes either execution_id or function_name.")
        self.execution_id = execution_id
        self.function_name = function_name
        self.invocation_type = invocation_type
        self.invoke_task_id = invoke_task_id
        self.map_index = map_index
        self.check_interval = check_interval
        self.bridge_conn_id = bridge_conn_id
        self.deferrable = deferrable
        self._follower: LogFollower | None = None

    @cached_property
    def hook(self) -> LambdaBridgeHook:
        """The hook that talks to the bridge."""
        return LambdaBridgeHook(self.bridge_conn_id)

    def execute(self, context: Context) -> Any:
        """Wait on the worker, or poll once and defer."""
        if self.deferrable:
            execution = self._poll(context)
            if execution is None or not execution.is_terminal:
                self._defer(context)
        return super().execute(context)

    def poke(self, context: Context) -> PokeReturnValue:
        """Poll the execution, and finish if it has ended."""
        wait = 0 if self.reschedule or self.deferrable else min(self.poke_interval, MAX_WAIT_SECONDS)
        execution = self._poll(context, wait)
        if execution is None or not execution.is_terminal:
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=self._finish(execution))

    def execute_complete(self, context: Context, event: dict[str, Any]) -> str | None:
        """Resume after the trigger has fired."""
        execution_id = event["execution_id"]
        execution = self.hook.get_execution(execution_id) if execution_id else self._poll(context)
        if execution is None or not execution.is_terminal:
            # The bridge refused the trigger's request, but not the one of this method.
            self._defer(context)
        return self._finish(execution)

    def _poll(self, context: Context, wait_seconds: float = 0) -> Execution | None:
        execution_id = self.execution_id
        if execution_id is None:
            newest = self.hook.find_newest(self._query(context))
            if newest is None:
                self.log.info("No execution of %s in this DAG run yet.", self.function_name)
                return None
            execution_id = newest.id
        execution = self.hook.get_execution(execution_id)
        if wait_seconds:
            execution = self._follow(execution).wait_for_end(execution, wait_seconds)
        self.log.info("Execution %s of %s is %s.", execution.id, execution.function, execution.state)
        return execution

    def _follow(self, execution: Execution) -> LogFollower:
        """Return the same follower for all pokes, unless there is a newer execution."""
        if self._follower is None or self._follower.execution_id != execution.id:
            self._follower = LogFollower(self.log, self.hook, execution)
        return self._follower

    def _query(self, context: Context) -> ExecutionQuery:
        ti: Any = context["ti"]
        return ExecutionQuery(
            dag_id=ti.dag_id,
            run_id=ti.run_id,
            function=self.function_name or "",
            task_id=self.invoke_task_id,
            map_index=None if self.map_index is None else int(self.map_index),
            invocation_type=self.invocation_type,
        )

    def _defer(self, context: Context) -> NoReturn:
        self.defer(
            trigger=LambdaExecutionTrigger(
                bridge_conn_id=self.bridge_conn_id,
                execution_id=self.execution_id,
                query=None if self.execution_id else self._query(context).to_dict(),
                poll_interval=self.poke_interval,
            ),
            method_name="execute_complete",
            timeout=timedelta(seconds=self.timeout),
        )

    def _finish(self, execution: Execution) -> str | None:
        write_outcome(self.log, execution, self._follow(execution), log_tail=True)
        if not execution.is_successful:
            error = execution_error(execution)
            raise LambdaSensorFailed(str(error)) from error
        return self._result(execution)

    def _result(self, execution: Execution) -> str | None:
        """Return the result if it is text. Other bytes do not fail the sensor: it only waits for the end."""
        try:
            return result_text(self.hook.result(execution.id), execution.id) or None
        except LambdaResultError as error:
            self.log.warning("%s", error)
            return None
