"""Raises if the event says so."""


def handler(event, context):
    if event.get("fail", True):
        raise ValueError("asked to fail")
    return event
