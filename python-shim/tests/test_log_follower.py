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
HEADER = "Lambda execution log of my_lambda_function, as it comes:"
BUSY = problem(503, "logs_unavailable", "CloudWatch throttles.")

pytestmark = pytest.mark.usefixtures("quick_log")


class Written:
    """The records of a logger of its own, so that nothing else is among them."""

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
    def test_each_line_is_written_once_as_it_comes(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        seen: list[list[str]] = []
        looks = [Reply(body=RUNNING, before=lambda: seen.append(written.lines)) for _ in range(5)]
        bridge.answer(GET, *looks, execution())
        bridge.answer(LOGS, FakeLog([[], ["one\n"], [], ["two\n", "three\n"], []]))

        ended = follow(written, hook).wait_for_end(EVENT, poll_interval=0.01)

        assert ended.is_successful
        assert seen == [[], [], [HEADER, "one"], [HEADER, "one"], [HEADER, "one", "two", "three"]]
        assert written.lines == seen[-1]
        assert written.warnings == []

    def test_a_message_is_split_into_its_lines(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        messages = ["Traceback:\n  File 1%s\n\nKeyError\n", "no newline", "", "\n"]
        bridge.answer(LOGS, FakeLog([messages]))

        follow(written, hook).write_new()

        lines = ["Traceback:", "  File 1%s", "", "KeyError", "no newline", "", ""]
        assert written.lines == [HEADER, *lines]
        assert len(written.records) == 1 + len(lines)

    def test_empty_lines_can_be_left_out(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.answer(LOGS, FakeLog([["one\n\ntwo\n", "\n", ""]]))

        follow(written, hook, keep_empty_lines=False).write_new()

        assert written.lines == [HEADER, "one", "two"]

    def test_the_log_is_asked_for_at_its_interval_however_often_one_looks(
        self,
        bridge: FakeBridge,
        hook: LambdaBridgeHook,
        written: Written,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(log_follower, "LOG_INTERVAL_SECONDS", 0.2)
        bridge.answer(GET, RUNNING)
        bridge.answer(LOGS, FakeLog([], ends=False))

        follow(written, hook).wait_for_end(EVENT, 0.5, poll_interval=0.01)

        assert 1 <= len(bridge.requests(LOGS)) <= 2
        looks = bridge.requests(GET)
        assert len(looks) > 4
        assert max(float(asked.query.get("wait", 0)) for asked in looks) == 0.2

    @pytest.mark.parametrize(
        ("invocation_type", "wanted"), [("RequestResponse", True), ("DryRun", True), ("Event", False)]
    )
    def test_nothing_is_asked_where_there_is_nothing_to_follow(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written, invocation_type: str, wanted: bool
    ) -> None:
        bridge.answer(GET, execution("running", invocation_type=invocation_type), execution())
        running = Execution.from_dict(execution("running", invocation_type=invocation_type))
        follower = follow(written, hook, running, wanted=wanted)

        ended = follower.wait_for_end(running, poll_interval=0.01)
        follower.write_new()

        assert not follower.has_rest(ended)
        assert bridge.requests(LOGS) == []
        assert [asked.query for asked in bridge.requests(GET)] == [{"wait": "30.0"}] * 2


class TestFaults:
    @pytest.mark.parametrize("trouble", [BUSY, Reply(drop=True), Reply(body=b"<html>"), Reply(body={})])
    def test_a_fault_is_told_once_and_loses_no_line(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written, trouble: Reply
    ) -> None:
        bridge.answer(GET, *[RUNNING] * 6, execution())
        bridge.answer(LOGS, FakeLog([["one\n"], trouble, trouble, ["two\n"], trouble, ["three\n"]]))

        assert follow(written, hook).wait_for_end(EVENT, poll_interval=0.01).is_successful

        assert written.lines == [HEADER, "one", "two", "three"]
        [warning] = written.warnings
        assert warning.startswith("The function's log cannot be read now; the task goes on.")

    def test_what_was_refused_is_not_asked_again(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.answer(LOGS, problem(403, "not_allowed", "This token may not read logs."))
        follower = follow(written, hook, cursor="cursor-0")

        follower.write_new()
        follower.write_rest()

        assert len(bridge.asked) == 1
        [warning] = written.warnings
        assert "not_allowed" in warning

    def test_truncation_is_told_once_and_ends_the_questions_when_no_more_comes(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.answer(LOGS, FakeLog([["one\n"], ["two\n"]], ends=False, truncated=True))
        follower = follow(written, hook)

        for _ in range(5):
            follower.write_new()
        follower.write_rest()

        assert written.lines == [HEADER, "one", "two"]
        assert written.warnings == [
            "There are more log lines than the bridge can give; CloudWatch has them all."
        ]
        assert len(bridge.asked) == 3


class TestEnd:
    def test_late_lines_are_awaited_until_the_log_is_complete(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.answer(LOGS, FakeLog([["one\n"], [], BUSY, ["two\n"], [], ["three\n"]]))
        follower = follow(written, hook)
        follower.write_new()

        follower.write_rest()
        follower.write_rest()

        assert written.lines == [HEADER, "one", "two", "three"]
        assert len(bridge.asked) == 6

    def test_a_log_that_never_completes_is_given_up_with_a_word(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.answer(LOGS, FakeLog([["one\n"]], ends=False))

        started = time.monotonic()
        follow(written, hook).write_rest()

        assert time.monotonic() - started < 2
        assert written.lines == [HEADER, "one"]
        [warning] = written.warnings
        assert f"{bridge.url}/v1/executions/{EXECUTION_ID}/logs has them later" in warning

    def test_another_follower_goes_on_at_the_cursor(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.answer(LOGS, FakeLog([["one\n", "two\n"], [], ["three\n"]]))
        first = follow(written, hook)
        first.write_new()
        first.write_new()

        second = follow(written, hook, ENDED, cursor=first.cursor)
        assert second.has_rest(ENDED)
        second.write_rest()

        assert written.lines == [HEADER, "one", "two", "three"]

    def test_without_a_line_the_cursor_stays_empty_and_the_tail_is_enough(
        self, bridge: FakeBridge, hook: LambdaBridgeHook, written: Written
    ) -> None:
        bridge.answer(LOGS, FakeLog([], ends=False))
        follower = follow(written, hook)
        follower.write_new()

        assert follower.cursor is None
        assert not follower.has_rest(Execution.from_dict(execution(log_tail="one\n")))
        # The other channels bring no tail.
        assert follower.has_rest(ENDED)
