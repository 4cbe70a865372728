"""A plain function, without code for the bridge."""

from typing import Any

from behave import behave


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Do what the event says."""
    return behave(event)
