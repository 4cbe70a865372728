"""The bridge stages payloads over Lambda's limit in S3."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlsplit

from airflow_api import AirflowApi
from bridge_api import BridgeApi
from stack import Stack


def test_an_event_over_the_limit_is_staged_and_the_function_receives_a_pointer(
    airflow: AirflowApi, bridge: BridgeApi, stack: Stack
) -> None:
    run = airflow.run("large_payload")

    assert airflow.states("large_payload", run) == {"invoke": "success", "check": "success"}
    payload = json.dumps({"large_key": "x" * 1_500_000}).encode()
    log = airflow.log("large_payload", run, "check")
    assert log.count(f"read {len(payload)} bytes with the keys ['large_key']") == 1

    [execution] = bridge.executions("large_payload", run)
    staged = execution["payload_ref"]
    assert staged["sha256"] == hashlib.sha256(payload).hexdigest()
    uri = urlsplit(staged["uri"])
    assert uri.netloc == "bridge-staging"
    stored = stack.s3().get_object(Bucket=uri.netloc, Key=uri.path.lstrip("/"))["Body"].read()
    assert stored == payload
