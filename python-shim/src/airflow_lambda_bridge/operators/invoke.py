"""Runs a Lambda function and returns its result."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.common.compat.sdk import BaseOperator, conf

from airflow_lambda_bridge.exceptions import LambdaBridgeError, LambdaBridgeRequestError, LambdaWaitTimeout
from airflow_lambda_bridge.execution import Execution
from airflow_lambda_bridge.execution_error import execution_error
from airflow_lambda_bridge.hooks import DEFAULT_POLL_SECONDS, LambdaBridgeHook
from airflow_lambda_bridge.idempotency import airflow_task, task_key
from airflow_lambda_bridge.invocation_response import response_text
from airflow_lambda_bridge.links import EXECUTION_ID_KEY, EXECUTION_URL_KEY, LambdaExecutionLink
from airflow_lambda_bridge.log_follower import LogFollower
from airflow_lambda_bridge.operators.unused_arguments import warn_about_unused_arguments
from airflow_lambda_bridge.result import result_text, result_value
from airflow_lambda_bridge.submission import Submission
from airflow_lambda_bridge.task_log import write_log_result, write_outcome
from airflow_lambda_bridge.triggers import LambdaExecutionTrigger

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class LambdaInvokeFunctionOperator(BaseOperator):
    """
    Run a Lambda function through the bridge and return its result as text.

    A drop-in replacement for the Amazon provider's operator of the same name, with the same arguments,
    template fields, return values and error texts. The payload may also be a dict. An automatic retry
    attaches to the execution that the previous try started, or returns its result, instead of running the
    function again. If that execution failed, or if the task was cleared, the function runs again.

    The XComs ``execution_id`` and ``execution_url`` are pushed before the task waits.

    :param function_name: name, ``name:qualifier``, partial or full ARN (templated)
    :param log_type: ``Tail`` writes the last 4 KB of the function's log to the task log; while the task waits
        on a worker for an ``Event``, new lines are written as they arrive. After a failure the available log
        is written in any case.
    :param keep_empty_log_lines: whether to write empty lines of that log
    :param qualifier: version or alias (templated)
    :param invocation_type: ``RequestResponse`` (default), ``Event`` or ``DryRun`` (templated)
    :param client_context: base64 of a JSON object, at most 3583 bytes
    :param payload: what the function receives: JSON text, which is passed on unchanged, or any JSON value
        (templated)
    :param aws_conn_id: accepted for existing DAGs, like ``region_name``, ``verify``, ``botocore_config`` and
        ``region``, but without effect: the bridge holds the credentials, region and client settings
    :param bridge_conn_id: connection of type ``lambda_bridge`` (templated)
    :param deferrable: free the worker slot while the function runs; requires a triggerer
    :param wait_for_completion: False succeeds as soon as Lambda has accepted the invocation, and returns an
        empty string. None means False for ``Event`` and True for the other invocation types.
    :param completion: the bridge's completion channels, in order; None leaves it to the bridge (templated)
    :param envelope: wrap the payload in the bridge's envelope, which lets the function send its outcome
        itself; for functions that use the function helper. The channels ``s3`` and ``callback`` require it.
    :param tenant_id: the tenant whose isolated environment runs the function; required if the function
        isolates tenants and the bridge's function policy names none (templated)
    :param reattach: False runs the function again on every try
    :param cancel_on_kill: cancel the execution when the task is killed, also while deferred
    :param deserialize_payload: parse the result as JSON and return the value; None if the result is empty
    :param execution_timeout_seconds: seconds after which the bridge fails an execution that has not ended;
        unlike ``execution_timeout``, this does not depend on a worker
    :param defer_after: seconds that a deferrable task waits on the worker before it defers; a function that
        ends sooner is never deferred
    :param poll_interval: minimum seconds between two polls; each poll is a long poll
    """

    template_fields: Sequence[str] = (
        "aws_conn_id",
        "bridge_conn_id",
        "completion",
        "function_name",
        "invocation_type",
        "payload",
        "qualifier",
        "region_name",
        "tenant_id",
        "verify",
    )
    ui_color = "#ff7300"
    operator_extra_links = (LambdaExecutionLink(),)

    def __init__(
        self,
        *,
        function_name: str,
        log_type: str | None = None,
        keep_empty_log_lines: bool = True,
        qualifier: str | None = None,
        invocation_type: str | None = None,
        client_context: str | None = None,
        payload: Any = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        region: str | None = None,
        bridge_conn_id: str = LambdaBridgeHook.default_conn_name,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        wait_for_completion: bool | None = None,
        completion: str | list[str] | None = None,
        envelope: bool = False,
        tenant_id: str | None = None,
        reattach: bool = True,
        cancel_on_kill: bool = True,
        deserialize_payload: bool = False,
        execution_timeout_seconds: float | None = None,
        defer_after: float = 10.0,
        poll_interval: float = DEFAULT_POLL_SECONDS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.function_name = function_name
        self.log_type = log_type
        self.keep_empty_log_lines = keep_empty_log_lines
        self.qualifier = qualifier
        self.invocation_type = invocation_type
        self.client_context = client_context
        self.payload = payload
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config
        self.region = region
        self.bridge_conn_id = bridge_conn_id
        self.deferrable = deferrable
        self.wait_for_completion = wait_for_completion
        self.completion = completion
        self.envelope = envelope
        self.tenant_id = tenant_id
        self.reattach = reattach
        self.cancel_on_kill = cancel_on_kill
        self.deserialize_payload = deserialize_payload
        self.execution_timeout_seconds = execution_timeout_seconds
        self.defer_after = defer_after
        self.poll_interval = poll_interval
        self._execution_id: str | None = None

    @cached_property
    def hook(self) -> LambdaBridgeHook:
        """The hook that talks to the bridge."""
        return LambdaBridgeHook(self.bridge_conn_id)

    def execute(self, context: Context) -> Any:
        """Submit the execution or attach to it, then wait for its end, defer, or return immediately."""
        warn_about_unused_arguments(self)
        if not context:
            return self._invoke_outside_a_task()
        started = time.monotonic()
        execution = self._submit(context)
        waits = self.wait_for_completion
        if waits is None:
            waits = execution.invocation_type != "Event"
        if not waits:
            self.hook.wait_for_acceptance(execution, self.poll_interval)
            self.log.info("Lambda has accepted the invocation of %s.", self.function_name)
            return None if self.deserialize_payload else ""
        inline = self.defer_after if self.deferrable else None
        follower = self._follower(execution)
        execution = follower.wait_for_end(execution, inline, self.poll_interval)
        if not execution.is_terminal:
            self._defer(execution, self._deadline(time.monotonic() - started), follower.cursor)
        return self._finish(execution, follower)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Resume after the trigger has fired: read the execution and finish the task."""
        self._execution_id = event["execution_id"]
        execution = self.hook.get_execution(event["execution_id"])
        deadline = event["deadline"]
        # A trigger of an older version of this provider returns no cursor.
        follower = self._follower(execution, event.get("log_cursor"))
        if not execution.is_terminal and (deadline is None or time.time() < deadline):
            # The bridge refused the trigger's request, but not the one of this method.
            self._defer(execution, deadline, follower.cursor)
        if not execution.is_terminal:
            self.on_kill()
            follower.write_new()
            raise LambdaWaitTimeout(
                f"Execution {execution.id} of {self.function_name} was still {execution.state} when the "
                f"task's execution_timeout ({self.execution_timeout}) passed."
            )
        return self._finish(execution, follower)

    def on_kill(self) -> None:
        """Cancel the execution of a killed task with one short request."""
        if not self.cancel_on_kill or self._execution_id is None:
            return
        try:
            message = self.hook.cancel(self._execution_id)
        except LambdaBridgeError as error:
            self.log.warning("Execution %s could not be cancelled: %s", self._execution_id, error)
        else:
            self.log.info("Cancelled execution %s: %s", self._execution_id, message)

    def _submit(self, context: Context) -> Execution:
        self.log.info("Invoking AWS Lambda function %s through the bridge.", self.function_name)
        try:
            execution = self.hook.submit(self._submission(context))
        except LambdaBridgeRequestError as error:
            if error.code == "idempotency_mismatch":
                self.log.error(
                    "An earlier try of this task submitted a different request. If a template changes with "
                    "every try, use values of the DAG run instead, or use reattach=False."
                )
            raise
        self._execution_id = execution.id
        ti = context["ti"]
        ti.xcom_push(key=EXECUTION_ID_KEY, value=execution.id)
        ti.xcom_push(key=EXECUTION_URL_KEY, value=self.hook.execution_url(execution.id))
        return execution

    def _submission(self, context: Context) -> Submission:
        return Submission(
            function=self.function_name,
            payload=self.payload,
            qualifier=self.qualifier,
            invocation_type=self.invocation_type,
            log_type=self.log_type,
            client_context=self.client_context,
            completion=[self.completion] if isinstance(self.completion, str) else self.completion,
            envelope=self.envelope,
            tenant_id=self.tenant_id,
            timeout_seconds=self.execution_timeout_seconds,
            idempotency_key=task_key(context, retries=self.retries, reattach=self.reattach),
            rerun_failed=True,
            airflow=airflow_task(context["ti"]),
        )

    def _deadline(self, elapsed: float) -> float | None:
        """Airflow 3 does not enforce it while deferred: https://github.com/apache/airflow/issues/69678."""
        if self.execution_timeout is None:
            return None
        return time.time() + self.execution_timeout.total_seconds() - elapsed

    def _follower(self, execution: Execution, cursor: str | None = None) -> LogFollower:
        return LogFollower(
            self.log,
            self.hook,
            execution,
            cursor=cursor,
            enabled=self.log_type == "Tail",
            keep_empty_lines=self.keep_empty_log_lines,
        )

    def _defer(self, execution: Execution, deadline: float | None, log_cursor: str | None) -> NoReturn:
        self.log.info("Execution %s is %s: deferring until it ends.", execution.id, execution.state)
        self.defer(
            trigger=LambdaExecutionTrigger(
                bridge_conn_id=self.bridge_conn_id,
                execution_id=execution.id,
                poll_interval=self.poll_interval,
                deadline=deadline,
                log_cursor=log_cursor,
                cancel_on_kill=self.cancel_on_kill,
            ),
            method_name="execute_complete",
        )

    def _finish(self, execution: Execution, follower: LogFollower) -> Any:
        """Write the log, then return the result or raise. Every task that waits for the end finishes here."""
        write_outcome(
            self.log,
            execution,
            follower,
            log_tail=self.log_type == "Tail",
            keep_empty_lines=self.keep_empty_log_lines,
        )
        if not execution.is_successful:
            raise execution_error(execution)
        self.log.info("Lambda function invocation succeeded: execution %s.", execution.id)
        text = result_text(self.hook.result(execution.id), execution.id)
        return self._deserialize(text, execution.id)

    def _deserialize(self, text: str, execution_id: str | None) -> Any:
        return result_value(text, execution_id) if self.deserialize_payload else text

    def _invoke_outside_a_task(self) -> Any:
        """Invoke with the hook's boto3-like call: without a context there is no task to track."""
        own: dict[str, Any] = {"envelope": self.envelope or None, "tenant_id": self.tenant_id}
        response = self.hook.invoke_lambda(
            function_name=self.function_name,
            invocation_type=self.invocation_type,
            log_type=self.log_type,
            client_context=self.client_context,
            payload=self.payload,
            qualifier=self.qualifier,
            **{name: value for name, value in own.items() if value is not None},
        )
        write_log_result(self.log, response.get("LogResult"), keep_empty_lines=self.keep_empty_log_lines)
        return self._deserialize(response_text(response), response.get("ExecutionId"))
