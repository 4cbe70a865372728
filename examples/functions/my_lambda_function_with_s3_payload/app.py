"""Reads its input from S3: the event contains only the URI, {"s3_key": "s3://bucket/key"}."""

import json
from typing import Any
from urllib.parse import urlsplit

import boto3

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    uri = urlsplit(event["s3_key"])
    body = s3.get_object(Bucket=uri.netloc, Key=uri.path.lstrip("/"))["Body"].read()
    payload = json.loads(body)
    print(f"read {len(body)} bytes with the keys {sorted(payload)}")
    return {"size": len(body), "keys": sorted(payload)}
