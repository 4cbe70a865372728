"""The hook: the calls to the bridge that a worker makes."""

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

MAX_INLINE_PAYLOAD_BYTES = 6 * 1024 * 1024
"""Lambda's limit (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). A larger payload
is uploaded first, and the function receives a pointer to it. For a smaller payload, the bridge decides
whether to upload it."""

DEFAULT_POLL_SECONDS = 1.0

# A killed worker has 5 s until SIGKILL (escalation_delay in airflow/sdk/execution_time/supervisor.py).
_KILL_TIMEOUT_SECONDS = 2.0


class LambdaBridgeHook(BaseHook):
    """
    Runs Lambda functions through the bridge and reads their state, result and log.

    Every method raises :class:`LambdaBridgeUnavailable` if the bridge does not respond, and
    :class:`LambdaBridgeRequestError` if it refuses the request.

    :param bridge_conn_id: connection of type ``lambda_bridge``: ``host`` (a name or a complete URL),
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
        """The settings in the connection."""
        return BridgeSettings.from_connection(self.get_connection(self.bridge_conn_id))

    @cached_property
    def conn(self) -> BridgeClient:
        """The HTTP client; the hook keeps it."""
        return BridgeClient(self.settings)

    def get_conn(self) -> BridgeClient:
        """Return the HTTP client."""
        return self.conn

    def execution_url(self, execution_id: str) -> str:
        """Return the URL of an execution in the bridge."""
        return f"{self.settings.base_url}/v1/executions/{execution_id}"

    def submit(self, submission: Submission) -> Execution:
        """
        Submit an execution, or attach to the one that already has the idempotency key.

        A payload over 6 MB is uploaded first.

        :raises LambdaPayloadError: if the payload is not JSON
        """
        payload = payload_json(submission.payload)
        payload_ref = None
        if payload is not None and len(payload) > MAX_INLINE_PAYLOAD_BYTES:
            payload_ref = self.conn.send_for_object(requests.upload_payload(payload))
            payload = None
        body = submission.body(payload, payload_ref)
        response = self.conn.send(requests.submit(body, idempotent=submission.is_idempotent))
        execution = Execution.from_dict(json_object(self.settings, response))
        if response.status_code == HTTPStatus.CREATED:
            self.log.info("Submitted execution %s of %s.", execution.id, execution.function)
        else:
            self.log.info("Attached to execution %s, which is %s.", execution.id, execution.state)
        return execution

    def get_execution(self, execution_id: str, wait_seconds: float = 0) -> Execution:
        """
        Read an execution.

        :param wait_seconds: up to 30; return when the execution has ended, at the latest after this time
        """
        return Execution.from_dict(
            self.conn.send_for_object(requests.get_execution(execution_id, wait_seconds))
        )

    def find_newest(self, query: ExecutionQuery) -> Execution | None:
        """Return the newest execution that matches the query, without its log tail, or None."""
        return query.newest(self.conn.send_for_object(query.request()))

    def wait_for_end(
        self,
        execution: Execution,
        seconds: float | None = None,
        poll_interval: float = DEFAULT_POLL_SECONDS,
        *,
        between_polls: Callable[[], object] = lambda: None,
        max_poll_seconds: float = requests.MAX_WAIT_SECONDS,
    ) -> Execution:
        """
        Wait until an execution has ended.

        :param seconds: return the unfinished execution after this time; None waits until the end
        :param poll_interval: minimum seconds between two polls
        :param between_polls: called after every poll that found the execution not ended
        :param max_poll_seconds: how long one poll may wait for the end
        """
        ends = time.monotonic() + seconds if seconds is not None else float("inf")
        while not execution.is_terminal and (started := time.monotonic()) < ends:
            execution = self.get_execution(execution.id, min(ends - started, max_poll_seconds))
            if not execution.is_terminal:
                between_polls()
                now = time.monotonic()
                time.sleep(max(0, min(started + poll_interval, ends) - now))
        return execution

    def wait_for_acceptance(
        self, execution: Execution, poll_interval: float = DEFAULT_POLL_SECONDS
    ) -> Execution:
        """
        Wait until Lambda has accepted the invocation.

        :raises LambdaExecutionFailed: if the execution ended without success for another reason than an error
            of the function; an error of the function is not raised here
        """
        delay = poll_interval / 8
        while not execution.is_accepted:
            time.sleep(delay)
            delay = min(delay * 2, poll_interval)
            execution = self.get_execution(execution.id)
        if execution.is_unsuccessful and execution.failure.kind not in FUNCTION_ERROR_KINDS:
            raise execution_error(execution)
        return execution

    def result(self, execution_id: str) -> bytes:
        """Return the result exactly as the function returned it; empty if there is no result."""
        try:
            return self.conn.send(requests.get_result(execution_id)).content
        except LambdaBridgeRequestError as error:
            if error.code == "no_result":
                return b""
            raise

    def logs(self, execution_id: str, after: str | None = None) -> LogPage:
        """
        Read the log lines since the previous page; for an ``Event`` also while it is running.

        The request is not retried, because a caller that follows a log reads it again anyway.

        :param after: ``next_after`` of the previous page; None starts with the first line
        """
        with BridgeClient(replace(self.settings, retry_seconds=0)) as client:
            return LogPage.from_dict(client.send_for_object(requests.get_logs(execution_id, after)))

    def cancel(self, execution_id: str) -> str:
        """
        Cancel an execution, and return the bridge's sentence about what the cancel achieved.

        Connecting takes at most 2 s, and waiting for the response takes at most another 2 s.

        This may run in a signal handler that interrupted another call of the same hook. It therefore uses its
        own client. It reads the Airflow connection only if the hook has not read it before.
        """
        settings = replace(self.settings, timeout_seconds=_KILL_TIMEOUT_SECONDS, retry_seconds=0)
        with BridgeClient(settings) as client:
            response = client.send_for_object(requests.cancel(execution_id))
        return cancellation_message(response)

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

        :raises LambdaBridgeRequestError: code ``object_exists`` if the object exists and ``replace`` is False
        """
        request = requests.put_object(uri, content, replace=replace, content_type=content_type)
        response = self.conn.send_for_object(request)
        return str(response.get("uri") or uri)

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
        tenant_id: str | None = None,
    ) -> dict[str, Any]:
        """
        Invoke a function and return a response like boto3's, as the Amazon provider's hook does.

        Waits for the end of the execution, for ``Event`` only until Lambda has accepted it. There is no
        idempotency key, so each call runs the function again.

        :param envelope: this argument and ``tenant_id`` do not exist in the Amazon provider's hook; see
            :class:`Submission`
        :raises LambdaExecutionFailed: if boto3 would raise an exception, that is, for every failure except an
            error of the function
        """
        submission = Submission(
            function=function_name,
            invocation_type=invocation_type,
            log_type=log_type,
            client_context=client_context,
            payload=payload,
            qualifier=qualifier,
            envelope=envelope,
            tenant_id=tenant_id,
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
        Return the lines of a base64 ``LogResult``, or None if it cannot be decoded.

        Despite its name, which is the Amazon provider's, it decodes.
        """
        try:
            text = base64.b64decode(log_result).decode()
        except (TypeError, ValueError):
            return None
        return [line for line in text.splitlines() if keep_empty_lines or line]

    def test_connection(self) -> tuple[bool, str]:
        """Check that the bridge responds and accepts the token."""
        try:
            with BridgeClient(replace(self.settings, retry_seconds=0)) as client:
                client.send_for_object(requests.list_executions(limit=1))
        except LambdaBridgeError as error:
            return False, str(error)
        return True, f"The Lambda bridge at {self.settings.base_url} responds and accepts the connection."

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the form fields for Airflow before 3.2; later versions read the provider info."""
        return form_widgets()

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return labels and placeholders for Airflow before 3.2; later versions read the provider info."""
        return FIELD_BEHAVIOUR


LambdaHook = LambdaBridgeHook
"""The Amazon provider's name: existing code only has to change its import lines."""
