"""The example Dags of the demo: reads the results of a run, prints them, and checks them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import indent, shorten
from typing import Any

from airflow_api import AirflowApi
from bridge_api import BridgeApi


@dataclass(frozen=True)
class Observation:
    """What Airflow and the ledger hold about a Dag run."""

    dag_id: str
    states: Mapping[str, str]
    results: Mapping[str, Any]
    logs: Mapping[str, list[str]]
    executions: list[dict[str, Any]]

    @staticmethod
    def of(airflow: AirflowApi, bridge: BridgeApi, dag_id: str, run_id: str) -> Observation:
        instances = sorted(airflow.tasks(dag_id, run_id), key=lambda ti: ti["start_date"] or "")
        states = {ti["task_id"]: ti["state"] for ti in instances}
        return Observation(
            dag_id,
            states,
            results={task: airflow.xcom(dag_id, run_id, task) for task in states},
            logs={
                ti["task_id"]: own_lines(airflow.log(dag_id, run_id, ti["task_id"], ti["try_number"]))
                for ti in instances
            },
            executions=bridge.executions(dag_id, run_id),
        )


@dataclass(frozen=True)
class ExampleRun:
    """The expected results of an example Dag; every task must also succeed."""

    dag_id: str
    function: str
    task: str
    """The task whose log holds the log of the function, and whose result is that of the function."""
    settled_by: str
    """The completion channel that settles the execution."""
    result: Mapping[str, Any] | None
    """None for an event, because Lambda discards its result."""
    log_line: str
    """The end of a line of the function that the task log must hold exactly once."""

    def problems(self, observed: Observation) -> list[str]:
        return list(self._problems(observed))

    def _problems(self, observed: Observation) -> Iterator[str]:
        for task, state in observed.states.items():
            if state != "success":
                yield f"Airflow's task {task} is {state}, not success"
        # Like the Amazon provider's operator, ours returns the result as text.
        if self.result is not None and observed.results[self.task] != json.dumps(self.result):
            yield f"the result in Airflow is {observed.results[self.task]!r}, not {json.dumps(self.result)!r}"
        lines = sum(line.endswith(self.log_line) for line in observed.logs[self.task])
        if lines != 1:
            yield f"the log of {self.task} holds {lines} lines that end with {self.log_line!r}, not 1"
        if len(observed.executions) != 1:
            yield f"the ledger holds {len(observed.executions)} executions, not 1"
            return
        [execution] = observed.executions
        expected = {
            "state": "succeeded",
            "function": self.function,
            "settled_by": self.settled_by,
            "attempt": 1,
        }
        for member, value in expected.items():
            if execution.get(member) != value:
                yield f"{member} in the ledger is {execution.get(member)!r}, not {value!r}"


RUNS = (
    ExampleRun(
        dag_id="lambda_invoke_example",
        function="my_lambda_function",
        task="invoke_my_lambda",
        settled_by="response",
        result={"received": {"key1": "value1", "key2": "value2"}, "count": 2},
        log_line="my_lambda_function received the keys ['key1', 'key2']",
    ),
    ExampleRun(
        dag_id="lambda_async_example",
        function="my_async_lambda_function",
        task="check_lambda_status",
        settled_by="logs",
        result=None,
        log_line="worked for 3 of 3 seconds",
    ),
    ExampleRun(
        dag_id="lambda_s3_payload_example",
        function="my_lambda_function_with_s3_payload",
        task="invoke_lambda_with_s3_payload",
        settled_by="response",
        result={"size": 15017, "keys": ["large_key"]},
        log_line="read 15017 bytes with the keys ['large_key']",
    ),
)


def describe(observed: Observation) -> str:
    """A text for the terminal: Airflow's view of the run, then the ledger's."""
    lines = ["  In Airflow"]
    for task, state in observed.states.items():
        lines.append(f"    task {task}: {state}, result {short(observed.results[task])}")
        lines += [f"      | {line}" for message in observed.logs[task] for line in message.splitlines()]
    lines.append("  In the ledger")
    for execution in observed.executions:
        lines.append(indent(describe_execution(execution), "    "))
    return "\n".join(lines)


def describe_execution(execution: Mapping[str, Any]) -> str:
    billing = execution.get("billing")
    facts = {
        "state": f"{execution['state']}, settled by {execution.get('settled_by')}",
        "function": f"{execution['function']} ({execution['invocation_type']})",
        "request": f"{execution.get('request_id')}, attempt {execution['attempt']}",
        "submitted": "by task {task_id} of {dag_id}".format(**execution.get("airflow", {})),
        "took": "{duration_ms} ms, {max_memory_mb} of {memory_mb} MB".format(**billing)
        if billing
        else "none",
        "result": short(execution.get("result")),
        "error": short(execution.get("error")),
        "warnings": short([warning["message"] for warning in execution["warnings"]] or None),
    }
    shown = [f"  {name:<9} {value}" for name, value in facts.items() if value != "none"]
    return "\n".join([f"execution {execution['id']}", *shown])


def own_lines(messages: list[str]) -> list[str]:
    """The task's own messages, without the groups in which Airflow logs its own steps."""
    own, depth = [], 0
    for message in messages:
        if message.startswith("::group::"):
            depth += 1
        elif message == "::endgroup::":
            depth -= 1
        elif depth == 0:
            own.append(message)
    return own


def short(value: Any) -> str:
    if value in (None, ""):
        return "none"
    text = value if isinstance(value, str) else json.dumps(value)
    return shorten(text, 160, placeholder=" …")
