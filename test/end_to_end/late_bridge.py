"""A bridge that is down until a test starts it."""

from __future__ import annotations

import json

from bridge_api import BridgeApi
from service import free_port
from stack import Stack


class LateBridge:
    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.url = f"http://127.0.0.1:{free_port()}"
        # The shim retries for 1 s instead of 30 s.
        connection = json.loads(stack.connection(self.url)) | {"extra": {"retry_seconds": 1}}
        self.connection = json.dumps(connection)

    def start(self) -> BridgeApi:
        """Starts it on the same AWS stand-ins, with its own ledger. It stops with the stack."""
        self._stack.start_bridge("late_bridge", self.url)
        return BridgeApi(self.url, self._stack.token)
