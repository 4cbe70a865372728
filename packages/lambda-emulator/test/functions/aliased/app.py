from typing import Any


def handler(event: Any, context: Any) -> Any:
    return {"arn": context.invoked_function_arn, "version": context.function_version}
