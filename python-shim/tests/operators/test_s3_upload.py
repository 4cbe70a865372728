from __future__ import annotations

from typing import Any

import pytest

from airflow_lambda_bridge.exceptions import LambdaBridgeRequestError, LambdaBridgeUnavailable
from airflow_lambda_bridge.operators import S3UploadOperator
from fake_bridge import FakeBridge, Reply, problem

PUT = "PUT /v1/objects"
ARGUMENTS: dict[str, Any] = {"task_id": "upload", "bucket": "my-bucket", "key": "lambda/payload 1.json"}
URI = "s3://my-bucket/lambda/payload 1.json"


@pytest.mark.parametrize("content", ['{"key": "é"}', '{"key": "é"}'.encode()])
def test_the_content_is_written_and_the_address_returned(
    bridge: FakeBridge, context: Any, content: str | bytes
) -> None:
    bridge.answer(PUT, Reply(201, {"uri": URI, "size": 13}))

    assert S3UploadOperator(content=content, replace=True, **ARGUMENTS).execute(context) == URI

    [asked] = bridge.asked
    assert asked.query == {"uri": URI, "replace": "true"}
    assert asked.body == '{"key": "é"}'.encode()
    assert asked.headers["content-type"] == "application/octet-stream"


def test_empty_content_is_an_empty_object(bridge: FakeBridge, context: Any) -> None:
    bridge.answer(PUT, Reply(201, {"uri": URI, "size": 0}))

    S3UploadOperator(content="", content_type="text/plain", **ARGUMENTS).execute(context)

    assert bridge.asked[0].headers["content-length"] == "0"
    assert bridge.asked[0].headers["content-type"] == "text/plain"


def test_an_object_that_exists_is_an_error_unless_it_may_be_replaced(
    bridge: FakeBridge, context: Any
) -> None:
    bridge.answer(PUT, problem(409, "object_exists", f"{URI} exists already."))

    with pytest.raises(LambdaBridgeRequestError, match="exists already") as raised:
        S3UploadOperator(content="x", **ARGUMENTS).execute(context)
    assert raised.value.code == "object_exists"
    assert bridge.asked[0].query["replace"] == "false"


@pytest.mark.parametrize(("replace", "requests"), [(True, 2), (False, 1)])
def test_a_lost_answer_is_asked_for_again_only_where_that_does_no_harm(
    bridge: FakeBridge, context: Any, replace: bool, requests: int
) -> None:
    bridge.answer(PUT, Reply(drop=True), Reply(201, {"uri": URI, "size": 1}))
    operator = S3UploadOperator(content="x", replace=replace, **ARGUMENTS)

    if replace:
        assert operator.execute(context) == URI
    else:
        with pytest.raises(LambdaBridgeUnavailable):
            operator.execute(context)
    assert len(bridge.asked) == requests


def test_every_template_field_is_an_attribute() -> None:
    operator = S3UploadOperator(content="x", aws_conn_id="aws_default", **ARGUMENTS)

    assert set(operator.template_fields) <= operator.__dict__.keys()
    assert {"bucket", "key", "content"} <= set(operator.template_fields)
