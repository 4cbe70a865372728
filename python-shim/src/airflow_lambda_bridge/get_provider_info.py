"""The entry point by which Airflow finds this provider."""

from __future__ import annotations

from typing import Any

from airflow_lambda_bridge.connection_form import CONN_FIELDS, CONNECTION_TYPE, UI_FIELD_BEHAVIOUR

_INTEGRATION = "AWS Lambda Bridge"


def get_provider_info() -> dict[str, Any]:
    """Return the provider info that Airflow's provider manager reads."""
    return {
        "package-name": "airflow-provider-lambda-bridge",
        "name": _INTEGRATION,
        "description": "Runs AWS Lambda functions through airflow-lambda-bridge.",
        "integrations": [
            {
                "integration-name": _INTEGRATION,
                "external-doc-url": "https://docs.aws.amazon.com/lambda/",
                "tags": ["aws"],
            }
        ],
        "operators": [_modules("operators")],
        "sensors": [_modules("sensors")],
        "hooks": [_modules("hooks")],
        "triggers": [_modules("triggers")],
        "connection-types": [
            {
                "connection-type": CONNECTION_TYPE,
                "hook-class-name": "airflow_lambda_bridge.hooks.LambdaBridgeHook",
                "hook-name": _INTEGRATION,
                "ui-field-behaviour": UI_FIELD_BEHAVIOUR,
                "conn-fields": CONN_FIELDS,
            }
        ],
        "extra-links": ["airflow_lambda_bridge.links.LambdaExecutionLink"],
    }


def _modules(name: str) -> dict[str, Any]:
    return {"integration-name": _INTEGRATION, "python-modules": [f"airflow_lambda_bridge.{name}"]}
