"""Finds an execution by its function, DAG run and task."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from airflow_lambda_bridge.client import requests
from airflow_lambda_bridge.execution import Execution

# The bridge's maximum. The bridge's list has no filters for invocation type and qualifier, so this class
# filters one page by them. One page is enough: a DAG run rarely has more than a few executions of one
# function.
_PAGE_SIZE = 500


@dataclass(frozen=True)
class ExecutionQuery:
    """
    The newest execution of a function in a DAG run.

    :param function: if it has a qualifier, only executions with that qualifier
    :param task_id: only executions that this task started
    :param map_index: only executions that this map index of a mapped task started
    :param invocation_type: only executions of this invocation type
    """

    dag_id: str
    run_id: str
    function: str
    task_id: str | None = None
    map_index: int | None = None
    invocation_type: str | None = None

    def request(self) -> requests.BridgeRequest:
        """Return the request whose response :meth:`newest` reads."""
        filters = asdict(self)
        del filters["invocation_type"]
        filter_here = self.invocation_type or self._qualifier
        return requests.list_executions(**filters, limit=_PAGE_SIZE if filter_here else 1)

    def newest(self, page: dict[str, Any]) -> Execution | None:
        """Return the first execution of a page that matches; the bridge lists the newest first."""
        for data in page.get("executions") or ():
            execution = Execution.from_dict(data)
            has_qualifier = self._qualifier in ("", data.get("qualifier"))
            if has_qualifier and self.invocation_type in (None, execution.invocation_type):
                return execution
        return None

    @property
    def _qualifier(self) -> str:
        """The qualifier in ``name:qualifier`` or in an ARN; empty if there is none."""
        return self.function.rpartition(":function:")[2].partition(":")[2]

    def to_dict(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return asdict(self)
