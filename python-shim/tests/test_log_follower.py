from __future__ import annotations

import logging
import time
from typing import Any

import pytest

from airflow_lambda_bridge import log_follower
from airflow_lambda_bridge.execution import Execution
from airflow_lambda_bridge.hooks import LambdaBridgeHook
from airflow_lambda_bridge.log_follower import LogFollower
from fake_bridge import EXECUTION_ID, FakeBridge, FakeLog, Reply, execution, problem

GET = f"GET /v1/executions/{EXECUTION_ID}"
LOGS = f"{GET}/logs"
RUNNING = execution("running", invocation_type="Event")
EVENT = Execution.from_dict(RUNNING)
ENDED = Execution.from_dict(execution(invocation_type="Event", request_id="r"))
HEADER = "Lambda execution log of my_lambda_function (live):"
BUSY = problem(503, "logs_unavailable", "CloudWatch throttles.")

pytestmark = pytest.mark.usefixtures("fast_log")


class Written:
    """The records of a separate logger, so that they contain nothing else."""

    def __init__(self) -> None:
        self.records: list[logging.LogRecord] = []
        self.log = logging.Logger("task")
        handler = logging.Handler()
        handler.emit = self.records.append  # type: ignore[method-assign, assignment]
        self.log.addHandler(handler)

    @property
    def lines(self) -> list[str]:
        return [record.getMessage() for record in self.records if record.levelno == logging.INFO]

    @property
    def warnings(self) -> list[str]:
        return [record.getMessage() for record in self.records if record.levelno == logging.WARNING]


@pytest.fixture
def written() -> Written:
    return Written()


def follow(
    written: Written, hook: LambdaBridgeHook, execution: Execution = EVENT, **arguments: Any
) -> LogFollower:
    return LogFollower(written.log, hook, execution, **arguments)


class TestWhileItRuns:
    def test_each_line_is_written_once_when_it_arrives(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        lines_at_polls: list[list[str]] = []
        polls = [Reply(body=RUNNING, before=lambda: lines_at_polls.append(written.lines)) for _ in range(5)]
        bridge.set_replies(GET, *polls, execution())
        bridge.set_replies(LOGS, FakeLog([[], ["one\n"], [], ["two\n", "three\n"], []]))

        ended = follow(written, hook).wait_for_end(EVENT, poll_interval=0.01)

        assert ended.is_successful
        assert lines_at_polls == [[], [], [HEADER, "one"], [HEADER, "one"], [HEADER, "one", "two", "three"]]
        assert written.lines == lines_at_polls[-1]
        assert written.warnings == []

    def test_a_message_is_split_into_its_lines(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        messages = ["Traceback:\n  File 1%s\n\nKeyError\n", "no newline", "", "\n"]
        bridge.set_replies(LOGS, FakeLog([messages]))

        follow(written, hook).write_new()

        lines = ["Traceback:", "  File 1%s", "", "KeyError", "no newline", "", ""]
        assert written.lines == [HEADER, *lines]
        assert len(written.records) == 1 + len(lines)

    def test_empty_lines_can_be_left_out(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.set_replies(LOGS, FakeLog([["one\n\ntwo\n", "\n", ""]]))

        follow(written, hook, keep_empty_lines=False).write_new()

        assert written.lines == [HEADER, "one", "two"]

    def test_the_log_is_read_at_its_own_interval_not_with_every_poll(
        self,
        bridge: FakeBridge,
        hook: LambdaBridgeHook,
        written: Written,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(log_follower, "LOG_INTERVAL_SECONDS", 0.2)
        bridge.set_replies(GET, RUNNING)
        bridge.set_replies(LOGS, FakeLog([], ends=False))

        follow(written, hook).wait_for_end(EVENT, 0.5, poll_interval=0.01)

        assert 1 <= len(bridge.requests(LOGS)) <= 2
        polls = bridge.requests(GET)
        assert len(polls) > 4
        assert max(float(received.query.get("wait", 0)) for received in polls) == 0.2

    @pytest.mark.parametrize(
        ("invocation_type", "enabled"), [("RequestResponse", True), ("DryRun", True), ("Event", False)]
    )
    def test_the_log_is_not_read_if_it_cannot_be_followed(
        self,
        bridge: FakeBridge,
        hook: LambdaBridgeHook,
        written: Written,
        invocation_type: str,
        enabled: bool,
    ) -> None:
        bridge.set_replies(GET, execution("running", invocation_type=invocation_type), execution())
        running = Execution.from_dict(execution("running", invocation_type=invocation_type))
        follower = follow(written, hook, running, enabled=enabled)

        ended = follower.wait_for_end(running, poll_interval=0.01)
        follower.write_new()

        assert not follower.has_remaining(ended)
        assert bridge.requests(LOGS) == []
        assert [received.query for received in bridge.requests(GET)] == [{"wait": "30.0"}] * 2


class TestReadErrors:
    @pytest.mark.parametrize("failure", [BUSY, Reply(drop=True), Reply(body=b"<html>"), Reply(body={})])
    def test_a_failed_read_is_logged_once_and_loses_no_line(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written, failure: Reply
    ) -> None:
        bridge.set_replies(GET, *[RUNNING] * 6, execution())
        bridge.set_replies(LOGS, FakeLog([["one\n"], failure, failure, ["two\n"], failure, ["three\n"]]))

        assert follow(written, hook).wait_for_end(EVENT, poll_interval=0.01).is_successful

        assert written.lines == [HEADER, "one", "two", "three"]
        [warning] = written.warnings
        assert warning.startswith("The function's log cannot be read now; the task continues.")

    def test_a_refused_read_is_not_repeated(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.set_replies(LOGS, problem(403, "not_allowed", "This token may not read logs."))
        follower = follow(written, hook, cursor="cursor-0")

        follower.write_new()
        follower.write_remaining()

        assert len(bridge.received) == 1
        [warning] = written.warnings
        assert "not_allowed" in warning

    def test_truncation_is_logged_once_and_stops_the_reads_after_an_empty_page(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.set_replies(LOGS, FakeLog([["one\n"], ["two\n"]], ends=False, truncated=True))
        follower = follow(written, hook)

        for _ in range(5):
            follower.write_new()
        follower.write_remaining()

        assert written.lines == [HEADER, "one", "two"]
        assert written.warnings == [
            "There are more log lines than the bridge can return; CloudWatch has all of them."
        ]
        assert len(bridge.received) == 3


class TestEnd:
    def test_late_lines_are_awaited_until_the_log_is_complete(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.set_replies(LOGS, FakeLog([["one\n"], [], BUSY, ["two\n"], [], ["three\n"]]))
        follower = follow(written, hook)
        follower.write_new()

        follower.write_remaining()
        follower.write_remaining()

        assert written.lines == [HEADER, "one", "two", "three"]
        assert len(bridge.received) == 6

    def test_waiting_for_a_log_that_never_completes_ends_with_a_warning(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.set_replies(LOGS, FakeLog([["one\n"]], ends=False))

        started = time.monotonic()
        follow(written, hook).write_remaining()

        assert time.monotonic() - started < 2
        assert written.lines == [HEADER, "one"]
        [warning] = written.warnings
        assert f"Read them later at {bridge.url}/v1/executions/{EXECUTION_ID}/logs" in warning

    def test_another_follower_continues_at_the_cursor(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.set_replies(LOGS, FakeLog([["one\n", "two\n"], [], ["three\n"]]))
        first = follow(written, hook)
        first.write_new()
        first.write_new()

        second = follow(written, hook, ENDED, cursor=first.cursor)
        assert second.has_remaining(ENDED)
        second.write_remaining()

        assert written.lines == [HEADER, "one", "two", "three"]

    def test_without_a_line_the_cursor_stays_none_and_the_tail_suffices(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.set_replies(LOGS, FakeLog([], ends=False))
        follower = follow(written, hook)
        follower.write_new()

        assert follower.cursor is None
        assert not follower.has_remaining(Execution.from_dict(execution(log_tail="one\n")))
        # Other channels return no tail.
        assert follower.has_remaining(ENDED)
