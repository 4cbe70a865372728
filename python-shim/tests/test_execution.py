from __future__ import annotations

import json

import pytest

from airflow_lambda_bridge.exceptions import LambdaBridgeError
from airflow_lambda_bridge.execution import Execution
from fake_bridge import EXECUTION_ID, execution, failed


@pytest.mark.parametrize(
    ("state", "terminal", "successful"),
    [
        ("queued", False, False),
        ("running", False, False),
        ("in_doubt", False, False),
        ("succeeded", True, True),
        ("failed", True, False),
        ("cancelled", True, False),
    ],
)
def test_each_state_is_terminal_or_not_and_successful_or_not(
    state: str, terminal: bool, successful: bool
) -> None:
    read = Execution.from_dict(execution(state))

    assert (read.is_terminal, read.is_successful) == (terminal, successful)
    assert read.is_unsuccessful == (terminal and not successful)


def test_it_survives_a_round_trip_through_json() -> None:
    warning = {"code": "no_log_permission", "message": "Grant logs:FilterLogEvents."}
    read = Execution.from_dict(failed(log_tail="START\n", request_id="r", warnings=[warning]))

    assert Execution.from_dict(json.loads(json.dumps(read.to_dict()))) == read
    assert read.failure.stack_trace == ("File app.py, line 7, in handler",)
    assert read.warnings == ("Grant logs:FilterLogEvents.",)


def test_unknown_members_are_ignored_and_null_means_absent() -> None:
    read = Execution.from_dict(execution(error=None, warnings=None, log_tail=None, future={"a": 1}))

    assert read == Execution.from_dict(execution())


@pytest.mark.parametrize(
    ("members", "accepted"),
    [
        ({"state": "queued"}, False),
        ({"state": "running", "invocation_type": "Event"}, False),
        ({"state": "running", "invocation_type": "Event", "request_id": "r"}, True),
        ({"state": "running"}, True),
        ({"state": "in_doubt", "invocation_type": "Event", "request_id": "r"}, False),
        ({"state": "in_doubt"}, True),
        ({"state": "failed", "invocation_type": "Event"}, True),
    ],
)
def test_an_event_is_accepted_when_it_has_a_request_id(members: dict[str, str], accepted: bool) -> None:
    assert Execution.from_dict(execution(**members)).is_accepted is accepted


def test_an_end_without_an_error_has_a_failure_too() -> None:
    assert Execution.from_dict(execution("cancelled")).failure.kind == "cancelled"


def test_a_response_of_another_service_is_not_an_execution() -> None:
    with pytest.raises(LambdaBridgeError, match="lacks function, state"):
        Execution.from_dict({"id": EXECUTION_ID})
