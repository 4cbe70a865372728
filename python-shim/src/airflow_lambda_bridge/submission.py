"""The body of a submit request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Submission:
    """
    What the bridge is to run. If a member is None, the bridge chooses its value.

    :param payload: JSON text, which the function receives unchanged, or any value that can be written as JSON
    :param client_context: base64, as for boto3; omitted for ``Event`` and ``DryRun``, where Lambda ignores it
        and the bridge refuses it
    :param tenant_id: for functions that isolate tenants
    :param completion: completion channels of the bridge, in order
    :param envelope: wrap the payload in the bridge's envelope
    :param timeout_seconds: seconds after which the bridge fails an execution that has not ended
    :param idempotency_key: a second submit with the same key returns the same execution
    :param rerun_failed: start a new execution if the one with that key failed or was cancelled
    :param airflow: dag_id, run_id, task_id, map_index and try_number of the task
    """

    function: str
    payload: Any = None
    qualifier: str | None = None
    invocation_type: str | None = None
    log_type: str | None = None
    client_context: str | None = None
    tenant_id: str | None = None
    completion: list[str] | None = None
    envelope: bool = False
    timeout_seconds: float | None = None
    idempotency_key: str | None = None
    rerun_failed: bool | None = None
    airflow: dict[str, Any] | None = None

    @property
    def is_idempotent(self) -> bool:
        """
        Whether submitting it twice starts the function only once.

        The bridge recognises a repeated submit by its key. With ``rerun_failed`` it also needs the try
        number. The execution of the first submit may have failed already, and then the second submit must not
        start another execution.
        """
        if self.idempotency_key is None:
            return False
        return not self.rerun_failed or (self.airflow or {}).get("try_number") is not None

    def body(self, payload: bytes | None, payload_ref: dict[str, Any] | None = None) -> bytes:
        """
        Return the request body.

        :param payload: JSON text; it is copied into the body, never parsed and serialized again
        :param payload_ref: the reference to a payload that was uploaded before
        """
        members = {
            "function": self.function,
            "qualifier": self.qualifier,
            "invocation_type": self.invocation_type,
            "log_type": self.log_type,
            "client_context": None if self.invocation_type in ("Event", "DryRun") else self.client_context,
            "tenant_id": self.tenant_id,
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
