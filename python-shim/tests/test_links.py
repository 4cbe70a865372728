from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from airflow.providers.common.compat.sdk import XCom

from airflow_lambda_bridge.links import LambdaExecutionLink
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator


@pytest.mark.parametrize(("pushed", "url"), [("http://bridge/v1/executions/1", None), (None, "")])
def test_the_link_is_the_url_that_the_task_pushed(pushed: str | None, url: str | None) -> None:
    operator = LambdaInvokeFunctionOperator(task_id="invoke", function_name="f")
    [link] = operator.operator_extra_links
    assert isinstance(link, LambdaExecutionLink)
    key: Any = object()

    with mock.patch.object(XCom, "get_value", autospec=True, return_value=pushed) as get_value:
        assert link.get_link(operator, ti_key=key) == (pushed if url is None else url)

    get_value.assert_called_once_with(ti_key=key, key="execution_url")
