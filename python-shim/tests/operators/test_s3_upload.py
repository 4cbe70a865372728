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
def test_the_content_is_written_and_the_uri_returned(
    bridge: FakeBridge, context: Any, content: str | bytes
) -> None:
    bridge.set_replies(PUT, Reply(201, {"uri": URI, "size": 13}))

    assert S3UploadOperator(content=content, replace=True, **ARGUMENTS).execute(context) == URI

    [received] = bridge.received
    assert received.query == {"uri": URI, "replace": "true"}
    assert received.body == '{"key": "é"}'.encode()
    assert received.headers["content-type"] == "application/octet-stream"


def test_empty_content_is_an_empty_object(bridge: FakeBridge, context: Any) -> None:
    bridge.set_replies(PUT, Reply(201, {"uri": URI, "size": 0}))

    S3UploadOperator(content="", content_type="text/plain", **ARGUMENTS).execute(context)

    assert bridge.received[0].headers["content-length"] == "0"
    assert bridge.received[0].headers["content-type"] == "text/plain"


def test_an_existing_object_is_an_error_unless_it_may_be_replaced(bridge: FakeBridge, context: Any) -> None:
    bridge.set_replies(PUT, problem(409, "object_exists", f"{URI} exists already."))

    with pytest.raises(LambdaBridgeRequestError, match="exists already") as raised:
        S3UploadOperator(content="x", **ARGUMENTS).execute(context)
    assert raised.value.code == "object_exists"
    assert bridge.received[0].query["replace"] == "false"


@pytest.mark.parametrize(("replace", "requests"), [(True, 2), (False, 1)])
def test_after_a_lost_response_only_a_replacing_write_is_retried(
    bridge: FakeBridge, context: Any, replace: bool, requests: int
) -> None:
    bridge.set_replies(PUT, Reply(drop=True), Reply(201, {"uri": URI, "size": 1}))
    operator = S3UploadOperator(content="x", replace=replace, **ARGUMENTS)

    if replace:
        assert operator.execute(context) == URI
    else:
        with pytest.raises(LambdaBridgeUnavailable):
            operator.execute(context)
    assert len(bridge.received) == requests


def test_every_template_field_is_an_attribute() -> None:
    operator = S3UploadOperator(content="x", aws_conn_id="aws_default", **ARGUMENTS)

    assert set(operator.template_fields) <= operator.__dict__.keys()
    assert {"bucket", "key", "content"} <= set(operator.template_fields)
