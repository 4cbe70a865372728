from __future__ import annotations

import pytest

from airflow_lambda_bridge.exceptions import LambdaBridgeError, LambdaBridgeUnavailable
from airflow_lambda_bridge.hooks import LambdaBridgeHook
from airflow_lambda_bridge.log_page import LogPage
from fake_bridge import EXECUTION_ID, FakeBridge, FakeLog, problem

LOGS = f"GET /v1/executions/{EXECUTION_ID}/logs"


def test_the_log_is_read_after_a_cursor(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    log = FakeLog([["one\n", "two\n"], ["three\n"]])
    bridge.set_replies(LOGS, log)

    first = hook.logs(EXECUTION_ID)
    second = hook.logs(EXECUTION_ID, first.next_after)

    assert (first.messages, first.is_last) == (("one\n", "two\n"), False)
    assert (second.messages, second.is_last) == (("three\n",), True)
    assert [received.query for received in bridge.received] == [{}, {"after": "cursor-2"}]


def test_a_failed_read_of_the_log_is_not_retried(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    bridge.set_replies(LOGS, problem(503, "logs_unavailable", "CloudWatch throttles."))

    with pytest.raises(LambdaBridgeUnavailable, match="logs_unavailable"):
        hook.logs(EXECUTION_ID)
    assert len(bridge.received) == 1


def test_a_response_that_is_not_a_log_is_an_error(bridge: FakeBridge, hook: LambdaBridgeHook) -> None:
    bridge.set_replies(LOGS, {"events": []})

    with pytest.raises(LambdaBridgeError, match="lacks next_after"):
        hook.logs(EXECUTION_ID)


@pytest.mark.parametrize(
    ("messages", "complete", "truncated", "is_last"),
    [
        (["one"], False, False, False),
        ([], False, False, False),
        (["one"], True, False, True),
        (["one"], False, True, False),
        ([], False, True, True),
    ],
)
def test_the_last_page_is_recognised(
    messages: list[str], complete: bool, truncated: bool, is_last: bool
) -> None:
    events = [{"timestamp": "2026-11-01T10:00:00.000Z", "message": message} for message in messages]
    page = LogPage.from_dict(
        {"events": events, "next_after": "c", "complete": complete, "truncated": truncated, "source": "x"}
    )

    assert page.is_last is is_last
