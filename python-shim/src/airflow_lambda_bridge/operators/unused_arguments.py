"""Arguments of the Amazon provider's operators that are accepted without effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator

# Each with its default values, which cause no warning.
_UNUSED = {
    "aws_conn_id": (None, "aws_default"),
    "region_name": (None,),
    "verify": (None,),
    "botocore_config": (None,),
    "region": (None,),
}


def warn_about_unused_arguments(operator: BaseOperator) -> None:
    """Warn in the task log about those that have a value."""
    if names := [name for name, defaults in _UNUSED.items() if getattr(operator, name) not in defaults]:
        operator.log.warning(
            "%s: no effect here. The bridge holds the AWS credentials, region and client settings.",
            ", ".join(names),
        )
