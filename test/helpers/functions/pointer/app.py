"""Reads the staged payload that its event points to."""

import hashlib
from typing import Any

import boto3


def handler(event: Any, context: Any) -> Any:
    bucket, key = event["s3_key"].removeprefix("s3://").split("/", 1)
    payload = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return {"event": event, "size": len(payload), "sha256": hashlib.sha256(payload).hexdigest()}
