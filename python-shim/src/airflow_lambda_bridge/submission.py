"""The body of a submit request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Submission:
    """
    What the bridge shall run; members that are None are left to the bridge.

    :param payload: JSON text that the function receives unchanged, or any value that JSON can hold
    :param client_context: base64, as boto3 takes it; left out for ``Event`` and ``DryRun``, where Lambda
        ignores it and the bridge refuses it
    :param completion: completion channels of the bridge, in order
    :param envelope: the function receives the bridge's envelope around the payload
    :param timeout_seconds: the bridge fails the execution when it has not ended by then
    :param idempotency_key: a second submit under the same key finds the same execution
    :param rerun_failed: start afresh when the execution under that key failed or was cancelled
    :param airflow: dag_id, run_id, task_id, map_index and try_number of the task
    """

    function: str
    payload: Any = None
    qualifier: str | None = None
    invocation_type: str | None = None
    log_type: str | None = None
    client_context: str | None = None
    completion: list[str] | None = None
    envelope: bool = False
    timeout_seconds: float | None = None
    idempotency_key: str | None = None
    rerun_failed: bool | None = None
    airflow: dict[str, Any] | None = None

    @property
    def is_repeatable(self) -> bool:
        """
        Whether submitting it twice starts the function once.

        The bridge tells a repeat by its key; where a failed execution is to be followed by a fresh one, by
        the try of the task as well: the first submit may have been taken and its execution failed already.
        """
        if self.idempotency_key is None:
            return False
        return not self.rerun_failed or (self.airflow or {}).get("try_number") is not None

    def body(self, payload: bytes | None, payload_ref: dict[str, Any] | None = None) -> bytes:
        """
        Return the request body.

        :param payload: JSON text; it goes into the body as it is, never parsed and written again
        :param payload_ref: where the payload lies when it was uploaded before
        """
        members = {
            "function": self.function,
            "qualifier": self.qualifier,
            "invocation_type": self.invocation_type,
            "log_type": self.log_type,
            "client_context": None if self.invocation_type in ("Event", "DryRun") else self.client_context,
            "completion": self.completion,
            "envelope": self.envelope or None,
            "timeout_seconds": self.timeout_seconds,
            "idempotency_key": self.idempotency_key,
            "rerun_failed": self.rerun_failed,
            "airflow": self.airflow,
            "payload_ref": payload_ref,
        }
        head = json.dumps({name: value for name, value in members.items() if value is not None}).encode()
        if payload is None:
            return head
        return head[:-1] + b', "payload": ' + payload + b"}"
