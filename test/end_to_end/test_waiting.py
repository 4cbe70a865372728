"""Tasks that wait for their function: deferred, killed and retried, with a result object, cleared, mapped."""

from __future__ import annotations

import json
import os
import signal

from airflow_api import AirflowApi
from bridge_api import BridgeApi
from service import poll


def test_a_deferred_task_frees_its_worker_and_completes_through_the_triggerer(
    airflow: AirflowApi, bridge: BridgeApi
) -> None:
    run = airflow.trigger("deferred")

    waiting = airflow.wait_for_task("deferred", run, "invoke", {"deferred", "success", "failed"})
    assert waiting["state"] == "deferred"
    assert waiting["trigger"]["classpath"] == "airflow_lambda_bridge.triggers.LambdaExecutionTrigger"
    [execution] = bridge.executions("deferred", run)
    assert execution["state"] == "running"

    assert airflow.wait_for_run("deferred", run) == "success"
    assert json.loads(airflow.xcom("deferred", run, "invoke"))["seconds"] == 14
    task = airflow.task("deferred", run, "invoke")
    log = airflow.log("deferred", run, "invoke", task["try_number"])
    assert sum(line.endswith("worked for 14 of 14 seconds") for line in log) == 1
    [execution] = bridge.executions("deferred", run)
    assert execution["state"] == "succeeded"
    assert len(execution["attempts"]) == 1


def test_the_retry_of_a_killed_worker_attaches_to_its_execution_and_the_function_runs_once(
    airflow: AirflowApi, bridge: BridgeApi
) -> None:
    run = airflow.trigger("worker_killed")

    poll(lambda: bridge.executions("worker_killed", run), has_running, seconds=60)
    first = airflow.task("worker_killed", run, "invoke")
    os.kill(first["pid"], signal.SIGKILL)

    assert airflow.wait_for_run("worker_killed", run) == "success"
    second = airflow.task("worker_killed", run, "invoke")
    assert second["try_number"] == 2
    assert second["pid"] != first["pid"]
    [execution] = bridge.executions("worker_killed", run)
    assert execution["state"] == "succeeded"
    assert len(execution["attempts"]) == 1
    assert json.loads(airflow.xcom("worker_killed", run, "invoke")) == execution["result"]
    log = airflow.log("worker_killed", run, "invoke", try_number=2)
    assert sum(line.endswith("worked for 12 of 12 seconds") for line in log) == 1
    starts = [line for line in bridge.log(execution["id"]) if line.startswith("START ")]
    assert len(starts) == 1


def test_an_event_whose_function_writes_a_result_object_gives_the_task_its_result(
    airflow: AirflowApi, bridge: BridgeApi
) -> None:
    run = airflow.run("result_object")

    assert airflow.states("result_object", run) == {"invoke": "success"}
    [execution] = bridge.executions("result_object", run)
    assert (execution["invocation_type"], execution["completion"]) == ("Event", ["s3"])
    assert (execution["state"], execution["settled_by"]) == ("succeeded", "s3")
    assert execution["deadline_at"] is not None
    result = json.loads(airflow.xcom("result_object", run, "invoke"))
    assert result == execution["result"] == {"seconds": 2, "stopped": False}


def test_a_cleared_task_runs_its_function_again(airflow: AirflowApi, bridge: BridgeApi) -> None:
    run = airflow.run("lambda_invoke_example")
    [first] = bridge.executions("lambda_invoke_example", run)

    airflow.clear("lambda_invoke_example", run)
    airflow.wait_for_run("lambda_invoke_example", run)

    assert airflow.states("lambda_invoke_example", run) == {"invoke_my_lambda": "success"}
    before, after = bridge.executions("lambda_invoke_example", run)
    assert before["id"] == first["id"]
    assert after["state"] == "succeeded"
    assert after["request_id"] != first["request_id"]


def test_mapped_tasks_have_one_execution_each(airflow: AirflowApi, bridge: BridgeApi) -> None:
    run = airflow.run("mapped")

    assert [ti["state"] for ti in airflow.tasks("mapped", run)] == ["success", "success"]
    received = {
        execution["airflow"]["map_index"]: execution["result"]["received"]["number"]
        for execution in bridge.executions("mapped", run)
    }
    assert received == {0: 1, 1: 2}


def has_running(executions: list[dict[str, object]]) -> bool:
    return any(execution["state"] == "running" for execution in executions)
