"""The hook: what a worker can ask of the bridge."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from http import HTTPStatus
from typing import Any

from airflow.providers.common.compat.sdk import BaseHook

from airflow_lambda_bridge.client import requests
from airflow_lambda_bridge.client.http_client import BridgeClient, json_object
from airflow_lambda_bridge.client.settings import BridgeSettings
from airflow_lambda_bridge.connection_form import FIELD_BEHAVIOUR, form_widgets
from airflow_lambda_bridge.exceptions import LambdaBridgeError, LambdaBridgeRequestError
from airflow_lambda_bridge.execution import Execution, cancellation_message
from airflow_lambda_bridge.execution_error import FUNCTION_ERROR_KINDS, execution_error
from airflow_lambda_bridge.execution_query import ExecutionQuery
from airflow_lambda_bridge.invocation_response import invocation_response
from airflow_lambda_bridge.log_page import LogPage
from airflow_lambda_bridge.payload import payload_json
from airflow_lambda_bridge.submission import Submission

LARGEST_INLINE_PAYLOAD = 6 * 1024 * 1024
"""Bytes; Lambda takes no more (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), so a
larger payload is uploaded first. Of a smaller one the bridge decides, since what is uploaded reaches the
function as a pointer."""

DEFAULT_POLL_SECONDS = 1.0

# A killed worker has 5 s until SIGKILL (escalation_delay in airflow/sdk/execution_time/supervisor.py).
_KILL_TIMEOUT_SECONDS = 2.0


class LambdaBridgeHook(BaseHook):
    """
    Runs Lambda functions through the bridge and reads what became of them.

    Every method raises :class:`LambdaBridgeUnavailable` when the bridge does not answer, and
    :class:`LambdaBridgeRequestError` when it refuses.

    :param bridge_conn_id: connection of type ``lambda_bridge``: ``host`` (a name, or a whole URL),
        ``port`` (8080), ``schema`` (http), ``password`` (the bearer token), and in ``extra``
        ``timeout_seconds`` (30), ``retry_seconds`` (30) and ``verify`` (true, false or a CA bundle)
    """

    conn_name_attr = "bridge_conn_id"
    default_conn_name = "lambda_bridge_default"
    conn_type = "lambda_bridge"
    hook_name = "AWS Lambda Bridge"

    def __init__(self, bridge_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.bridge_conn_id = bridge_conn_id

    @cached_property
    def settings(self) -> BridgeSettings:
        """What the connection says."""
        return BridgeSettings.from_connection(self.get_connection(self.bridge_conn_id))

    @cached_property
    def conn(self) -> BridgeClient:
        """The HTTP client, kept for as long as the hook is."""
        return BridgeClient(self.settings)

    def get_conn(self) -> BridgeClient:
        """Return the HTTP client."""
        return self.conn

    def execution_url(self, execution_id: str) -> str:
        """Return the address of an execution at the bridge."""
        return f"{self.settings.base_url}/v1/executions/{execution_id}"

    def submit(self, submission: Submission) -> Execution:
        """
        Submit an execution, or find the one that its idempotency key already has.

        A payload over 6 MB is uploaded first.

        :raises LambdaPayloadError: when the payload is not JSON
        """
        payload = payload_json(submission.payload)
        payload_ref = None
        if payload is not None and len(payload) > LARGEST_INLINE_PAYLOAD:
            payload_ref = self.conn.send_for_object(requests.upload_payload(payload))
            payload = None
        body = submission.body(payload, payload_ref)
        response = self.conn.send(requests.submit(body, repeatable=submission.is_repeatable))
        execution = Execution.from_dict(json_object(self.settings, response))
        if response.status_code == HTTPStatus.CREATED:
            self.log.info("Submitted execution %s of %s.", execution.id, execution.function)
        else:
            self.log.info("Attached to execution %s, which is %s.", execution.id, execution.state)
        return execution

    def get_execution(self, execution_id: str, wait_seconds: float = 0) -> Execution:
        """
        Read an execution.

        :param wait_seconds: up to 30; the answer comes as soon as the execution has ended, or after this
        """
        return Execution.from_dict(
            self.conn.send_for_object(requests.get_execution(execution_id, wait_seconds))
        )

    def find_newest(self, query: ExecutionQuery) -> Execution | None:
        """Return the newest execution that fits, without its log tail, or None."""
        return query.newest(self.conn.send_for_object(query.request()))

    def wait_for_end(
        self,
        execution: Execution,
        seconds: float | None = None,
        poll_interval: float = DEFAULT_POLL_SECONDS,
        *,
        between_looks: Callable[[], object] = lambda: None,
        longest_look: float = requests.LONGEST_WAIT_SECONDS,
    ) -> Execution:
        """
        Wait until an execution has ended.

        :param seconds: give up after this and return it as it is then; None waits as long as it takes
        :param poll_interval: least seconds between two looks
        :param between_looks: called after every look at an execution that has not ended
        :param longest_look: seconds that one look waits for the end at most
        """
        ends = time.monotonic() + seconds if seconds is not None else float("inf")
        while not execution.is_terminal and (started := time.monotonic()) < ends:
            execution = self.get_execution(execution.id, min(ends - started, longest_look))
            if not execution.is_terminal:
                between_looks()
                now = time.monotonic()
                time.sleep(max(0, min(started + poll_interval, ends) - now))
        return execution

    def wait_for_acceptance(
        self, execution: Execution, poll_interval: float = DEFAULT_POLL_SECONDS
    ) -> Execution:
        """
        Wait until Lambda has taken the invocation.

        :raises LambdaExecutionFailed: when the execution ended otherwise than in the function; how the
            function itself ends is left to whoever waits for that
        """
        pause = poll_interval / 8
        while not execution.is_accepted:
            time.sleep(pause)
            pause = min(pause * 2, poll_interval)
            execution = self.get_execution(execution.id)
        if execution.is_unsuccessful and execution.failure.kind not in FUNCTION_ERROR_KINDS:
            raise execution_error(execution)
        return execution

    def result(self, execution_id: str) -> bytes:
        """Return the result exactly as the function returned it; empty when there is none."""
        try:
            return self.conn.send(requests.get_result(execution_id)).content
        except LambdaBridgeRequestError as error:
            if error.code == "no_result":
                return b""
            raise

    def logs(self, execution_id: str, after: str | None = None) -> LogPage:
        """
        Read the log lines that came since the page before; also while an ``Event`` still runs.

        It is not repeated when the bridge does not answer: whoever follows a log asks again anyway.

        :param after: ``next_after`` of the page before; None begins with the first line
        """
        with BridgeClient(replace(self.settings, retry_seconds=0)) as client:
            return LogPage.from_dict(client.send_for_object(requests.get_logs(execution_id, after)))

    def cancel(self, execution_id: str) -> str:
        """
        Ask for the end of an execution, and return what was possible in a sentence.

        It takes 2 s at most to connect, and 2 s for the answer.

        It may run in a signal handler that interrupted a call of this very hook, so it has a client of its
        own and does not look up the connection when that was done before.
        """
        settings = replace(self.settings, timeout_seconds=_KILL_TIMEOUT_SECONDS, retry_seconds=0)
        with BridgeClient(settings) as client:
            answer = client.send_for_object(requests.cancel(execution_id))
        return cancellation_message(answer)

    def put_object(
        self,
        uri: str,
        content: bytes,
        *,
        replace: bool = False,
        content_type: str = "application/octet-stream",
    ) -> str:
        """
        Write an S3 object through the bridge and return its URI.

        :raises LambdaBridgeRequestError: code ``object_exists`` when it is there and ``replace`` is False
        """
        request = requests.put_object(uri, content, replace=replace, content_type=content_type)
        answer = self.conn.send_for_object(request)
        return str(answer.get("uri") or uri)

    def invoke_lambda(
        self,
        *,
        function_name: str,
        invocation_type: str | None = None,
        log_type: str | None = None,
        client_context: str | None = None,
        payload: Any = None,
        qualifier: str | None = None,
        envelope: bool = False,
    ) -> dict[str, Any]:
        """
        Invoke a function and return an answer shaped like boto3's, as the Amazon provider's hook does.

        It waits for the end, or for ``Event`` until Lambda has taken it. Outside of a task there is no
        idempotency key: each call runs the function once more.

        :param envelope: not one of the Amazon provider's, see :class:`Submission`
        :raises LambdaExecutionFailed: where boto3 would raise, that is for all but an error of the function
        """
        submission = Submission(
            function=function_name,
            invocation_type=invocation_type,
            log_type=log_type,
            client_context=client_context,
            payload=payload,
            qualifier=qualifier,
            envelope=envelope,
        )
        execution = self.submit(submission)
        if execution.invocation_type == "Event":
            return invocation_response(self.wait_for_acceptance(execution))
        execution = self.wait_for_end(execution)
        if execution.is_successful:
            return invocation_response(execution, self.result(execution.id))
        if execution.failure.kind in FUNCTION_ERROR_KINDS:
            return invocation_response(execution)
        raise execution_error(execution)

    @staticmethod
    def encode_log_result(log_result: str, *, keep_empty_lines: bool = True) -> list[str] | None:
        """
        Return the lines of a base64 ``LogResult``, or None when it cannot be read.

        The name is the Amazon provider's; it decodes.
        """
        try:
            text = base64.b64decode(log_result).decode()
        except (TypeError, ValueError):
            return None
        return [line for line in text.splitlines() if keep_empty_lines or line]

    def test_connection(self) -> tuple[bool, str]:
        """Tell whether the bridge answers and takes the token."""
        try:
            with BridgeClient(replace(self.settings, retry_seconds=0)) as client:
                client.send_for_object(requests.list_executions(limit=1))
        except LambdaBridgeError as error:
            return False, str(error)
        return True, f"The Lambda bridge at {self.settings.base_url} answers and accepts the connection."

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the form fields for Airflow before 3.2; later ones read the provider info."""
        return form_widgets()

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return labels and placeholders for Airflow before 3.2; later ones read the provider info."""
        return FIELD_BEHAVIOUR


LambdaHook = LambdaBridgeHook
"""The name in the Amazon provider, so that changed import lines are enough."""
