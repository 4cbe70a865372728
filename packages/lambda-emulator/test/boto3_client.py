"""Uses the emulator at the URL in the first argument through boto3, and prints the results as JSON."""

import base64
import json
import sys
import time
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

SETTINGS = {
    "endpoint_url": sys.argv[1],
    "region_name": "eu-central-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
    "config": Config(retries={"total_max_attempts": 1}),
}
aws_lambda: Any = boto3.client("lambda", **SETTINGS)
logs: Any = boto3.client("logs", **SETTINGS)
# Otherwise boto3 would call stream-127.0.0.1.
live_logs: Any = boto3.client(
    "logs", **{**SETTINGS, "config": SETTINGS["config"].merge(Config(inject_host_prefix=False))}
)


def invoke(name: str, payload: object, **more: str) -> dict[str, Any]:
    answer = aws_lambda.invoke(FunctionName=name, Payload=json.dumps(payload), **more)
    metadata = answer["ResponseMetadata"]
    return {
        "status": answer["StatusCode"],
        "request_id": metadata["RequestId"],
        "function_error": answer.get("FunctionError"),
        "executed_version": answer.get("ExecutedVersion"),
        "tail": base64.b64decode(answer.get("LogResult", "")).decode(),
        "payload": answer["Payload"].read().decode(),
    }


def rejection(name: str, payload: bytes, **more: str) -> dict[str, Any]:
    try:
        aws_lambda.invoke(FunctionName=name, Payload=payload, **more)
    except ClientError as error:
        return {
            "class": type(error).__name__,
            "code": error.response["Error"]["Code"],
            "message": error.response["Error"]["Message"],
            "reason": error.response.get("Reason"),
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
        }
    return {}


def wait_for_report(request_id: str) -> list[str]:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        paginator = logs.get_paginator("filter_log_events")
        pages = paginator.paginate(logGroupName="/aws/lambda/python_actor", filterPattern=f'"{request_id}"')
        lines = [event["message"] for page in pages for event in page["events"]]
        if any(line.startswith("REPORT ") for line in lines):
            return lines
        time.sleep(0.05)
    raise TimeoutError(f"no REPORT of {request_id}")


def live_tail(event: object) -> list[str]:
    """Returns the lines of one run, as a Live Tail session shows them."""
    arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/python_actor"
    stream = live_logs.start_live_tail(logGroupIdentifiers=[arn])["responseStream"]
    lines: list[str] = []
    for message in stream:
        if "sessionStart" in message:
            invoke("python_actor", event)
        else:
            lines += [line["message"] for line in message["sessionUpdate"]["sessionResults"]]
        if lines and lines[-1].startswith("REPORT "):
            stream.close()
            break
    return lines


event = invoke("python_actor", {"action": "talk"}, InvocationType="Event")
event_lines = wait_for_report(event["request_id"])
streams = logs.describe_log_streams(logGroupName="/aws/lambda/python_actor", orderBy="LastEventTime", limit=1)
stream = streams["logStreams"][0]["logStreamName"]
log = logs.get_log_events(logGroupName="/aws/lambda/python_actor", logStreamName=stream, startFromHead=True)
result = {
    "event": event,
    "event_lines": event_lines,
    "log": [line["message"] for line in log["events"]],
    "live_tail": live_tail({"action": "talk"}),
    "success": invoke("python_actor", {"ü": 1}, LogType="Tail"),
    "function_error": invoke("python_actor", {"action": "raise"}, LogType="Tail"),
    "dry_run": invoke("python_actor", {}, InvocationType="DryRun"),
    "not_found": rejection("nobody", b"{}"),
    "bad_json": rejection("python_actor", b"{"),
    "too_large": rejection("python_actor", b'"' + b"x" * 1_048_576 + b'"', InvocationType="Event"),
    "throttled": rejection("never", b"{}"),
    "configuration": aws_lambda.get_function_configuration(FunctionName="aliased:live")["State"],
    "retry_attempts": aws_lambda.put_function_event_invoke_config(
        FunctionName="python_actor", MaximumRetryAttempts=0
    )["MaximumRetryAttempts"],
}
try:
    logs.filter_log_events(logGroupName="/aws/lambda/nobody")
except logs.exceptions.ResourceNotFoundException as error:
    result["no_log_group"] = error.response["Error"]["Message"]
json.dump(result, sys.stdout)
