"""A function that knows nothing of the bridge."""

from typing import Any

from behave import behave


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Behave as told."""
    return behave(event)
