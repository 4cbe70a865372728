"""Reads its input from S3: the event contains only the URI, {"s3_key": "s3://bucket/key"}."""

import json
from typing import Any

import boto3

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    # Not a URL parser: a key may contain "?", "#", "%" and spaces, and is not percent-encoded.
    bucket, key = event["s3_key"].removeprefix("s3://").split("/", 1)
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    payload = json.loads(body)
    print(f"read {len(body)} bytes with the keys {sorted(payload)}")
    return {"size": len(body), "keys": sorted(payload)}
