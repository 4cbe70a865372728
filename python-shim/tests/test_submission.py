from __future__ import annotations

import json

import pytest

from airflow_lambda_bridge.submission import Submission


def test_members_that_are_none_are_not_sent() -> None:
    assert json.loads(Submission(function="f").body(None)) == {"function": "f"}


def test_the_payload_is_copied_into_the_body_unchanged() -> None:
    submission = Submission(function="f", log_type="Tail", rerun_failed=False, completion=["logs"])

    body = submission.body(b'{"n": 1.0, "big": 12345678901234567890}')

    assert body.endswith(b', "payload": {"n": 1.0, "big": 12345678901234567890}}')
    assert json.loads(body) == {
        "function": "f",
        "log_type": "Tail",
        "rerun_failed": False,
        "completion": ["logs"],
        "payload": {"n": 1.0, "big": 12345678901234567890},
    }


@pytest.mark.parametrize("invocation_type", ["Event", "DryRun"])
def test_a_client_context_is_omitted_where_lambda_ignores_it(invocation_type: str) -> None:
    submission = Submission(function="f", invocation_type=invocation_type, client_context="e30=")

    assert json.loads(submission.body(None)) == {"function": "f", "invocation_type": invocation_type}


def test_the_envelope_member_is_sent_only_if_true() -> None:
    wanted = Submission(function="f", envelope=True)

    assert json.loads(wanted.body(None)) == {"function": "f", "envelope": True}
    assert json.loads(Submission(function="f", envelope=False).body(None)) == {"function": "f"}


def test_an_uploaded_payload_is_sent_as_a_reference() -> None:
    ref = {"uri": "s3://bucket/key", "size": 7}

    assert json.loads(Submission(function="f").body(None, ref)) == {"function": "f", "payload_ref": ref}
