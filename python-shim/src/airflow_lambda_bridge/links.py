"""The extra link from a task to its execution in the bridge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, TaskInstanceKey

EXECUTION_ID_KEY = "execution_id"
"""XCom key; pushed as soon as the bridge has accepted the request."""

EXECUTION_URL_KEY = "execution_url"
"""XCom key; pushed before the task waits or defers, so that the link works while it runs."""


class LambdaExecutionLink(BaseOperatorLink):
    """Links to the execution in the bridge."""

    name = "Lambda execution"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Return the URL, or an empty string if nothing was submitted."""
        return XCom.get_value(ti_key=ti_key, key=EXECUTION_URL_KEY) or ""
