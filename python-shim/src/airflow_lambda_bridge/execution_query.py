"""Finding an execution by what started it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from airflow_lambda_bridge.client import requests
from airflow_lambda_bridge.execution import Execution

# The bridge's largest page. The list has no filter for invocation type and qualifier, so that is done here;
# of one function in one DAG run there is rarely more than a handful.
_PAGE_SIZE = 500


@dataclass(frozen=True)
class ExecutionQuery:
    """
    The newest execution of a function in a DAG run.

    :param function: with a qualifier in it, only those invoked with that one
    :param task_id: only those that this task started
    :param map_index: only those that this index of a mapped task started
    :param invocation_type: only those invoked this way
    """

    dag_id: str
    run_id: str
    function: str
    task_id: str | None = None
    map_index: int | None = None
    invocation_type: str | None = None

    def request(self) -> requests.BridgeRequest:
        """Return the request whose answer :meth:`newest` reads."""
        filters = asdict(self)
        del filters["invocation_type"]
        picks = self.invocation_type or self._qualifier
        return requests.list_executions(**filters, limit=_PAGE_SIZE if picks else 1)

    def newest(self, page: dict[str, Any]) -> Execution | None:
        """Return the first execution of a page that fits; the bridge lists the newest first."""
        for data in page.get("executions") or ():
            execution = Execution.from_dict(data)
            qualifies = self._qualifier in ("", data.get("qualifier"))
            if qualifies and self.invocation_type in (None, execution.invocation_type):
                return execution
        return None

    @property
    def _qualifier(self) -> str:
        """What stands behind the name, with or without the rest of an ARN before it."""
        return self.function.rpartition(":function:")[2].partition(":")[2]

    def to_dict(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return asdict(self)
