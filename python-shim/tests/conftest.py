"""Real Airflow without a database: connections come from the environment, log records from structlog."""

from __future__ import annotations

import atexit
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

# Set before the first import of Airflow, which writes its configuration to AIRFLOW_HOME.
_home = tempfile.TemporaryDirectory(prefix="airflow-home-")
atexit.register(_home.cleanup)
os.environ["AIRFLOW_HOME"] = _home.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS  # noqa: E402

from airflow_lambda_bridge import log_follower  # noqa: E402
from airflow_lambda_bridge.hooks import LambdaBridgeHook  # noqa: E402
from fake_bridge import FakeBridge  # noqa: E402

Connect = Callable[..., None]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Define the default connection; the members are those of an Airflow connection in JSON."""

    def connect(host: str, **members: Any) -> None:
        connection = {"conn_type": "lambda_bridge", "host": host, "password": "secret-token", **members}
        monkeypatch.setenv("AIRFLOW_CONN_LAMBDA_BRIDGE_DEFAULT", json.dumps(connection))

    return connect


@pytest.fixture
def bridge(connect: Connect) -> Iterator[FakeBridge]:
    """A running fake bridge, and the default connection to it."""
    with FakeBridge() as bridge:
        connect(bridge.url, extra={"retry_seconds": 2, "timeout_seconds": 5})
        yield bridge


@pytest.fixture
def hook(bridge: FakeBridge) -> Iterator[LambdaBridgeHook]:
    hook = LambdaBridgeHook()
    with hook.conn:
        yield hook


class TaskLog:
    """The messages that a task has logged so far."""

    def __init__(self, read: Callable[[], list[str]]) -> None:
        self._read = read

    @property
    def messages(self) -> list[str]:
        return self._read()

    @property
    def text(self) -> str:
        return "\n".join(self.messages)


@pytest.fixture
def task_log(caplog: pytest.LogCaptureFixture) -> Iterator[TaskLog]:
    """The task log: structlog since Airflow 3, logging before."""
    if not AIRFLOW_V_3_0_PLUS:
        caplog.set_level("INFO")
        yield TaskLog(lambda: caplog.messages)
        return
    from structlog.testing import capture_logs

    with capture_logs() as entries:
        yield TaskLog(lambda: [entry["event"] for entry in entries])


@pytest.fixture
def fast_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the log after every poll, and wait only briefly for late lines."""
    monkeypatch.setattr(log_follower, "LOG_INTERVAL_SECONDS", 0)
    monkeypatch.setattr(log_follower, "LATE_LINES_SECONDS", 0.3)
    monkeypatch.setattr(log_follower, "LATE_LINES_POLL_SECONDS", 0.01)


class TaskInstance:
    """The attributes of a task instance that the provider reads, and the XComs that it pushed."""

    dag_id = "my_dag"
    run_id = "manual__2026-11-01"
    task_id = "invoke"
    map_index = -1

    def __init__(self, *, try_number: int = 1, max_tries: int = 0) -> None:
        self.try_number = try_number
        self.max_tries = max_tries
        self.xcoms: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value


class DagRun:
    start_date = datetime(2026, 11, 1, 10, tzinfo=timezone.utc)


@pytest.fixture
def task_instance() -> TaskInstance:
    return TaskInstance()


@pytest.fixture
def context(task_instance: TaskInstance) -> Any:
    return {"ti": task_instance, "dag_run": DagRun()}
