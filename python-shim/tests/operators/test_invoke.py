"""The operator in a task: real Airflow classes, and a fake bridge that is a real HTTP server."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_lambda_bridge.exceptions import (
    LambdaBridgeRequestError,
    LambdaBridgeUnavailable,
    LambdaExecutionFailed,
    LambdaFunctionError,
    LambdaPayloadError,
)
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator
from conftest import Connect, TaskInstance, TaskLog
from fake_bridge import EXECUTION_ID, FakeBridge, Reply, execution, failed, problem

SUBMIT = "POST /v1/executions"
GET = f"GET /v1/executions/{EXECUTION_ID}"


def invoke(**arguments: Any) -> LambdaInvokeFunctionOperator:
    arguments = {"poll_interval": 0.01, **arguments}
    return LambdaInvokeFunctionOperator(task_id="invoke", function_name="my_lambda_function", **arguments)


def submitted(bridge: FakeBridge) -> dict[str, Any]:
    body: dict[str, Any] = bridge.requests(SUBMIT)[-1].json
    return body


class TestSubmit:
    def test_the_request_has_the_task_and_the_user_s_arguments(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        bridge.set_execution(execution("queued"), execution(), result=b'"hi"')

        invoke(
            payload={"key1": "value1"},
            log_type="Tail",
            qualifier="live",
            client_context="e30=",
            completion="callback",
            envelope=True,
            tenant_id="blue",
            execution_timeout_seconds=90,
        ).execute(context)

        body = submitted(bridge)
        key = body.pop("idempotency_key")
        assert len(key) == 36
        assert body == {
            "function": "my_lambda_function",
            "payload": {"key1": "value1"},
            "log_type": "Tail",
            "qualifier": "live",
            "client_context": "e30=",
            "completion": ["callback"],
            "envelope": True,
            "tenant_id": "blue",
            "timeout_seconds": 90,
            "rerun_failed": True,
            "airflow": {
                "dag_id": "my_dag",
                "run_id": "manual__2026-11-01",
                "task_id": "invoke",
                "map_index": -1,
                "try_number": 1,
            },
        }

    def test_payload_text_is_sent_unchanged(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution("queued"), execution())

        invoke(payload='{"n": 1.0, "big": 12345678901234567890}').execute(context)

        assert b'"payload": {"n": 1.0, "big": 12345678901234567890}}' in bridge.requests(SUBMIT)[0].body

    def test_a_payload_that_is_not_json_fails_the_task_before_anything_is_sent(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        with pytest.raises(LambdaPayloadError):
            invoke(payload="not json").execute(context)
        assert bridge.received == []

    def test_retries_share_a_key_and_a_clear_changes_it(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution("queued"), execution())

        def key(try_number: int, max_tries: int, **arguments: Any) -> str:
            context["ti"] = TaskInstance(try_number=try_number, max_tries=max_tries)
            invoke(retries=2, **arguments).execute(context)
            given: str = submitted(bridge)["idempotency_key"]
            return given

        assert key(1, 2) == key(2, 2) == key(3, 2)
        assert key(4, 5) == key(5, 5) != key(1, 2)
        assert key(1, 2, reattach=False) != key(2, 2, reattach=False)

    def test_an_unmapped_index_of_none_is_minus_one(
        self, bridge: FakeBridge, context: Any, task_instance: TaskInstance
    ) -> None:
        bridge.set_execution(execution("queued"), execution())
        invoke().execute(context)
        task_instance.map_index = None  # type: ignore[assignment]
        invoke().execute(context)

        first, second = (received.json for received in bridge.requests(SUBMIT))
        assert first == second

    def test_the_execution_is_in_xcom_before_it_ends(
        self, bridge: FakeBridge, context: Any, task_instance: TaskInstance
    ) -> None:
        bridge.set_execution(execution("queued"), failed())

        with pytest.raises(LambdaFunctionError):
            invoke().execute(context)

        assert task_instance.xcoms == {
            "execution_id": EXECUTION_ID,
            "execution_url": f"{bridge.url}/v1/executions/{EXECUTION_ID}",
        }

    def test_a_retry_attaches_to_the_execution_of_the_first_try(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(execution("running"), execution(), result=b"7")
        bridge.set_replies(SUBMIT, Reply(200, execution("running")))

        assert invoke().execute(context) == "7"
        assert f"Attached to execution {EXECUTION_ID}, which is running." in task_log.messages

    def test_a_retry_with_a_changed_payload_is_explained(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_replies(
            SUBMIT, problem(409, "idempotency_mismatch", "The key belongs to another request.")
        )

        with pytest.raises(LambdaBridgeRequestError):
            invoke().execute(context)
        assert "reattach=False" in task_log.text

    def test_an_unknown_function_is_not_retried(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_replies(SUBMIT, problem(404, "function_not_found", "Lambda has no function 'x'."))

        with pytest.raises(LambdaBridgeRequestError, match="function_not_found: Lambda has no") as raised:
            invoke().execute(context)
        assert isinstance(raised.value, AirflowFailException)

    def test_the_error_names_a_bridge_that_is_down_and_allows_a_retry(
        self, connect: Connect, context: Any
    ) -> None:
        with FakeBridge() as stopped:
            url = stopped.url
        connect(url, extra={"retry_seconds": 0})

        with pytest.raises(LambdaBridgeUnavailable) as raised:
            invoke().execute(context)

        assert f"{url} (connection 'lambda_bridge_default') did not answer" in str(raised.value)
        assert not isinstance(raised.value, AirflowFailException)

    def test_arguments_without_effect_cause_one_warning(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(execution())

        invoke(region_name="eu-west-1", botocore_config={"read_timeout": 900}).execute(context)
        [message] = [message for message in task_log.messages if "no effect" in message]
        assert message.startswith("region_name, botocore_config: no effect here.")

        invoke(aws_conn_id="aws_default").execute(context)
        assert sum("no effect" in message for message in task_log.messages) == 1


class TestResult:
    @pytest.mark.parametrize("text", ["1.0", "12345678901234567890123", "null", '{"a": 1, "a": 2}', '"é"'])
    def test_it_is_the_text_that_the_function_returned(
        self, bridge: FakeBridge, context: Any, text: str
    ) -> None:
        bridge.set_execution(execution("queued"), execution(result="parsed"), result=text.encode())

        assert invoke().execute(context) == text

    def test_it_is_parsed_with_deserialize_payload(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution(), result=b'{"rows": 3}')
        assert invoke(deserialize_payload=True).execute(context) == {"rows": 3}

        bridge.set_execution(execution())
        assert invoke(deserialize_payload=True).execute(context) is None

    def test_it_is_an_empty_string_if_there_is_none(self, bridge: FakeBridge, context: Any) -> None:
        bridge.set_execution(execution(invocation_type="DryRun"))

        assert invoke(invocation_type="DryRun").execute(context) == ""


class TestLog:
    TAIL = "START RequestId: r\nreading 100%\n\nEND RequestId: r\n"

    def test_the_tail_is_written_once_with_log_type_tail(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(execution("queued", log_tail=None), execution(log_tail=self.TAIL))

        invoke(log_type="Tail").execute(context)

        header = "The last 4 KB of the Lambda execution log (keep_empty_log_lines=True)."
        at = task_log.messages.index(header)
        assert task_log.messages[at + 1 : at + 5] == self.TAIL.splitlines()
        assert task_log.messages.count("reading 100%") == 1

    def test_empty_lines_can_be_left_out(self, bridge: FakeBridge, context: Any, task_log: TaskLog) -> None:
        bridge.set_execution(execution(log_tail=self.TAIL))

        invoke(log_type="Tail", keep_empty_log_lines=False).execute(context)

        assert "" not in task_log.messages
        assert "END RequestId: r" in task_log.messages

    def test_the_tail_of_a_success_is_not_written_without_log_type(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(execution(log_tail=self.TAIL))

        invoke().execute(context)

        assert "reading 100%" not in task_log.text

    def test_log_and_stack_trace_of_a_failure_are_always_written(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(execution("queued"), failed(log_tail=self.TAIL))

        with pytest.raises(LambdaFunctionError):
            invoke().execute(context)

        assert task_log.messages.count("reading 100%") == 1
        assert "Stack trace of the function:\nFile app.py, line 7, in handler" in task_log.messages

    def test_warnings_of_the_bridge_are_logged(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        warning = {"code": "no_log_access", "message": "Grant logs:FilterLogEvents on the log group."}
        bridge.set_execution(execution(warnings=[warning]))

        invoke().execute(context)

        assert "Lambda bridge: Grant logs:FilterLogEvents on the log group." in task_log.messages

    def test_neither_payload_nor_token_is_logged(
        self, bridge: FakeBridge, context: Any, task_log: TaskLog
    ) -> None:
        bridge.set_execution(execution())

        invoke(payload={"password": "hunter2"}).execute(context)

        assert "hunter2" not in task_log.text
        assert "secret-token" not in task_log.text


class TestFailure:
    def test_an_error_of_the_function_is_a_value_error_with_its_details(
        self, bridge: FakeBridge, context: Any
    ) -> None:
        bridge.set_execution(execution("queued"), failed())

        with pytest.raises(ValueError, match="Lambda function execution resulted in error") as raised:
            invoke().execute(context)

        error = raised.value
        assert isinstance(error, LambdaFunctionError)
        assert not isinstance(error, AirflowFailException)
        assert "function_error: KeyError: 'customer'" in str(error)
        assert EXECUTION_ID in str(error)

    @pytest.mark.parametrize("kind", ["timed_out", "out_of_memory", "lost", "throttled", "invoke_rejected"])
    def test_every_other_failure_names_its_kind(self, bridge: FakeBridge, context: Any, kind: str) -> None:
        bridge.set_execution(execution("queued"), failed(kind))

        with pytest.raises(LambdaExecutionFailed, match=kind):
            invoke().execute(context)
