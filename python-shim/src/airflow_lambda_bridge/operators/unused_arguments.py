"""Arguments of the Amazon provider's operators that are taken without effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator

# With the values that a DAG need not have given itself.
_UNUSED = {
    "aws_conn_id": (None, "aws_default"),
    "region_name": (None,),
    "verify": (None,),
    "botocore_config": (None,),
    "region": (None,),
}


def mention_unused_arguments(operator: BaseOperator) -> None:
    """Write to the task log which of them were given."""
    if names := [name for name, unset in _UNUSED.items() if getattr(operator, name) not in unset]:
        operator.log.warning(
            "%s: no effect here. The bridge holds the AWS credentials, region and client settings.",
            ", ".join(names),
        )
