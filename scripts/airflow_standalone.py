"""Runs `airflow standalone`: scheduler, Dag processor, API server and triggerer."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from airflow_api import AirflowApi
from service import Service, clean_environment, free_port

READY_SECONDS = 180.0
"""The first start creates the database, and then starts four Python programs at once."""


class AirflowStandalone:
    """An Airflow with its own home folder; `api` is its REST API. Use as a context manager."""

    def __init__(
        self, home: Path, *, dag_folders: Sequence[Path], connections: Mapping[str, str], log_file: Path
    ) -> None:
        """`connections` maps connection ids to values for AIRFLOW_CONN_…."""
        self.url = f"http://127.0.0.1:{free_port()}"
        self.api = AirflowApi(self.url)
        self._service = Service(
            "airflow",
            [Path(sys.executable).with_name("airflow"), "standalone"],
            environment=airflow_environment(home, self.url, dag_folders, connections),
            log_file=log_file,
            folder=home,
            # `standalone` stops its four programs only on SIGINT.
            stop_signal=signal.SIGINT,
        )

    def __enter__(self) -> AirflowStandalone:
        try:
            self._service.start()
            self._service.wait_until(self.api.is_healthy, READY_SECONDS)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._service.stop()


def airflow_environment(
    home: Path, url: str, dag_folders: Sequence[Path], connections: Mapping[str, str]
) -> dict[str, str]:
    """Settings: https://airflow.apache.org/docs/apache-airflow/stable/configurations-ref.html"""
    home.mkdir(parents=True, exist_ok=True)
    bundles = [
        {
            "name": folder.parent.name,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(folder), "refresh_interval": 5},
        }
        for folder in dag_folders
    ]
    return clean_environment() | {
        # `airflow standalone` starts its programs by searching the PATH for `airflow`.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": url.rsplit(":", 1)[1],
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        # The default ports are fixed, and a second Airflow on the machine could not bind them.
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "NO_COLOR": "1",
        **{f"AIRFLOW_CONN_{name.upper()}": value for name, value in connections.items()},
    }
