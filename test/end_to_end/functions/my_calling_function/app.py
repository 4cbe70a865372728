"""A function that prints the log of a function that failed, as one does that calls others, and succeeds."""

CHILD = "cccccccc-0000-4000-8000-00000000000c"


def handler(event, context):
    print(f"START RequestId: {CHILD} Version: $LATEST")
    print(
        "[ERROR] KeyError: 'child'\nTraceback (most recent call last):\n  File \"/var/task/child.py\", line 1"
    )
    print(f"RequestId: {CHILD} Error: Runtime exited with error: exit status 1\nRuntime.ExitError")
    print(f"END RequestId: {CHILD}")
    print(f"REPORT RequestId: {CHILD}\tDuration: 5.00 ms\tStatus: error\tError Type: Runtime.ExitError")
    return {"child": "failed"}
