"""
The form for a connection of type ``lambda_bridge``.

Every Airflow component loads it, so it imports nothing at the top of the file.
"""

from __future__ import annotations

from typing import Any

CONNECTION_TYPE = "lambda_bridge"

_HIDDEN_FIELDS = ["login"]
_RELABELING = {"host": "Host or URL", "schema": "Scheme", "password": "Token"}
_PLACEHOLDERS = {
    "host": "127.0.0.1, or http://127.0.0.1:8080",
    "port": "8080",
    "schema": "http or https",
    "password": "the bridge's bearer token; empty if it has none",
}

FIELD_BEHAVIOUR: dict[str, Any] = {
    "hidden_fields": _HIDDEN_FIELDS,
    "relabeling": _RELABELING,
    "placeholders": _PLACEHOLDERS,
}
"""For Airflow before 3.2."""

UI_FIELD_BEHAVIOUR: dict[str, Any] = {
    "hidden-fields": _HIDDEN_FIELDS,
    "relabeling": _RELABELING,
    "placeholders": _PLACEHOLDERS,
}
"""For Airflow 3.2 and later."""

CONN_FIELDS: dict[str, Any] = {
    "timeout_seconds": {
        "label": "Timeout",
        "description": "Seconds to wait for a response of the bridge.",
        "schema": {"type": ["number", "null"], "default": 30, "minimum": 0},
    },
    "retry_seconds": {
        "label": "Retry for",
        "description": "Seconds for which a request is retried while the bridge does not respond.",
        "schema": {"type": ["number", "null"], "default": 30, "minimum": 0},
    },
    "verify": {
        "label": "Verify certificate",
        "description": "true, false, or the path of a CA bundle.",
        "schema": {"type": ["string", "null"], "default": "true"},
    },
}


def form_widgets() -> dict[str, Any]:
    """Return wtforms fields for the members of ``extra``."""
    from flask_appbuilder.fieldwidgets import BS3TextFieldWidget
    from wtforms import StringField

    return {
        name: StringField(
            field["label"],
            description=field["description"],
            default=str(field["schema"]["default"]),
            widget=BS3TextFieldWidget(),
        )
        for name, field in CONN_FIELDS.items()
    }
