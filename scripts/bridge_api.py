"""A client of the bridge's HTTP API for the demo and the tests: reads the executions of a Dag run."""

from __future__ import annotations

from typing import Any

import httpx


class BridgeApi:
    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=70, trust_env=False
        )

    def executions(self, dag_id: str, run_id: str, task_id: str | None = None) -> list[dict[str, Any]]:
        """The executions of a Dag run or of one of its tasks, oldest first, with all members."""
        query = {"dag_id": dag_id, "run_id": run_id} | ({"task_id": task_id} if task_id else {})
        page = self._http.get("/v1/executions", params=query).raise_for_status().json()
        return [self.execution(listed["id"]) for listed in reversed(page["executions"])]

    def execution(self, execution_id: str, *, wait: float = 0) -> dict[str, Any]:
        """With `wait`: returns when the execution ends, or after that many seconds."""
        answer = self._http.get(f"/v1/executions/{execution_id}", params={"wait": wait})
        execution: dict[str, Any] = answer.raise_for_status().json()
        return execution

    def log(self, execution_id: str) -> list[str]:
        """The log lines of the execution, as the bridge reads them from CloudWatch Logs."""
        events = self._http.get(f"/v1/executions/{execution_id}/logs").raise_for_status().json()["events"]
        return [event["message"].rstrip("\n") for event in events]
