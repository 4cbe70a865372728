"""All tests share one stack and one Airflow. Each test has its own Dag runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_api import AirflowApi
from airflow_standalone import AirflowStandalone
from bridge_api import BridgeApi
from late_bridge import LateBridge
from stack import ROOT, Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack"), Path(__file__).parent / "functions") as stack:
        yield stack


@pytest.fixture(scope="session")
def late_bridge(stack: Stack) -> LateBridge:
    """A bridge that a test starts later; the Airflow connection late_bridge points to it."""
    return LateBridge(stack)


@pytest.fixture(scope="session")
def airflow(
    stack: Stack, late_bridge: LateBridge, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AirflowApi]:
    folder = tmp_path_factory.mktemp("airflow")
    standalone = AirflowStandalone(
        folder / "home",
        dag_folders=[ROOT / "examples" / "dags", Path(__file__).parent / "dags"],
        connections={"lambda_bridge_default": stack.connection(), "late_bridge": late_bridge.connection},
        log_file=folder / "airflow.log",
    )
    with standalone:
        yield standalone.api


@pytest.fixture(scope="session")
def bridge(stack: Stack) -> BridgeApi:
    return BridgeApi(stack.bridge_url, stack.token)
