"""The button on a task that leads to its execution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, TaskInstanceKey

EXECUTION_ID_KEY = "execution_id"
"""XCom key, pushed as soon as the execution is known."""

EXECUTION_URL_KEY = "execution_url"
"""XCom key; pushed before a task waits or defers, so that the link works while it runs."""


class LambdaExecutionLink(BaseOperatorLink):
    """Leads to the execution at the bridge."""

    name = "Lambda execution"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Return the address, or an empty text when nothing was submitted."""
        return XCom.get_value(ti_key=ti_key, key=EXECUTION_URL_KEY) or ""
