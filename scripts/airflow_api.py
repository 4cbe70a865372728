"""A client of Airflow's REST API for the demo and the tests: starts Dag runs and reads their results."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import httpx

from service import poll

FINISHED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})
PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


class AirflowApi:
    """API reference: https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html"""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def is_healthy(self) -> bool:
        """Whether all four programs are healthy; if so, gets a token (no login is needed here)."""
        health = self._http.get("/api/v2/monitor/health")
        parts = health.json() if health.is_success else {}
        if any(parts.get(part, {}).get("status") != "healthy" for part in PARTS):
            return False
        token = self._http.get("/auth/token").raise_for_status().json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        return True

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None, *, seconds: float = 60) -> str:
        """Waits until Airflow has loaded the Dag, starts a run, and returns the run id."""
        try:
            poll(lambda: self._http.get(f"/api/v2/dags/{dag_id}").is_success, bool, seconds=seconds)
        except TimeoutError:
            errors = self._get("/api/v2/importErrors")
            raise TimeoutError(f"Airflow has not loaded the Dag {dag_id}; import errors: {errors}") from None
        answer = self._http.post(
            f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf or {}}
        )
        run_id: str = answer.raise_for_status().json()["dag_run_id"]
        return run_id

    def run(self, dag_id: str, conf: dict[str, Any] | None = None, *, seconds: float = 120) -> str:
        """Triggers the Dag, waits until the run ends, and returns the run id."""
        run_id = self.trigger(dag_id, conf)
        self.wait_for_run(dag_id, run_id, seconds=seconds)
        return run_id

    def wait_for_run(self, dag_id: str, run_id: str, *, seconds: float = 120) -> str:
        """Returns the final state of the run."""
        return poll(lambda: self.run_state(dag_id, run_id), FINISHED.__contains__, seconds=seconds)

    def wait_for_task(
        self, dag_id: str, run_id: str, task_id: str, states: Collection[str], *, seconds: float = 60
    ) -> dict[str, Any]:
        """Returns the task instance once it is in one of the states."""
        return poll(
            lambda: self.task(dag_id, run_id, task_id), lambda ti: ti["state"] in states, seconds=seconds
        )

    def clear(self, dag_id: str, run_id: str) -> None:
        """Clears all tasks of the run, so that Airflow runs them again."""
        self._http.post(
            f"/api/v2/dags/{dag_id}/clearTaskInstances",
            json={"dry_run": False, "dag_run_id": run_id, "only_failed": False},
        ).raise_for_status()

    def run_state(self, dag_id: str, run_id: str) -> str:
        state: str = self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"]
        return state

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        instances: list[dict[str, Any]] = self._get(path)["task_instances"]
        return instances

    def task(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any]:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        instance: dict[str, Any] = self._get(path)
        return instance

    def states(self, dag_id: str, run_id: str) -> dict[str, str]:
        return {ti["task_id"]: ti["state"] for ti in self.tasks(dag_id, run_id)}

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """The value that the task pushed, or None."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self._http.get(path)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return answer.raise_for_status().json()["value"]

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1) -> list[str]:
        """The messages of the task log in order. An exception follows its message as `Type: message`."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        answer = self._http.get(
            path, params={"full_content": True}, headers={"Accept": "application/x-ndjson"}
        )
        entries = [json.loads(line) for line in answer.raise_for_status().text.splitlines()]
        messages = []
        for entry in entries:
            messages.append(entry["event"])
            messages += [f"{e['exc_type']}: {e['exc_value']}" for e in entry.get("error_detail") or ()]
        return messages

    def _get(self, path: str) -> Any:
        return self._http.get(path).raise_for_status().json()
