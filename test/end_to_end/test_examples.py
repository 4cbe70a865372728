"""The three example Dags on Airflow's scheduler. They differ from the article's only in their imports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from airflow_api import AirflowApi
from airflow_standalone import airflow_environment
from bridge_api import BridgeApi
from service import free_port
from stack import ROOT, Stack


def test_the_result_of_an_invoked_function_is_in_xcom_and_its_log_tail_in_the_task_log(
    airflow: AirflowApi, bridge: BridgeApi
) -> None:
    run = airflow.run("lambda_invoke_example")

    assert airflow.states("lambda_invoke_example", run) == {"invoke_my_lambda": "success"}
    result = airflow.xcom("lambda_invoke_example", run, "invoke_my_lambda")
    assert json.loads(result) == {"received": {"key1": "value1", "key2": "value2"}, "count": 2}
    log = airflow.log("lambda_invoke_example", run, "invoke_my_lambda")
    assert log.count("my_lambda_function received the keys ['key1', 'key2']") == 1
    assert sum(line.startswith("REPORT RequestId: ") for line in log) == 1

    [execution] = bridge.executions("lambda_invoke_example", run)
    assert execution["id"] == airflow.xcom("lambda_invoke_example", run, "invoke_my_lambda", "execution_id")
    assert execution["state"] == "succeeded"
    assert execution["settled_by"] == "response"
    assert execution["result"] == json.loads(result)
    assert execution["billing"]["memory_mb"] == 128
    assert [attempt["number"] for attempt in execution["attempts"]] == [1]
    assert execution["airflow"]["task_id"] == "invoke_my_lambda"


def test_the_sensor_waits_until_the_event_of_its_own_dag_run_has_ended(
    airflow: AirflowApi, bridge: BridgeApi
) -> None:
    run = airflow.run("lambda_async_example")

    assert airflow.states("lambda_async_example", run) == {
        "invoke_my_async_lambda": "success",
        "check_lambda_status": "success",
    }
    [execution] = bridge.executions("lambda_async_example", run)
    assert execution["state"] == "succeeded"
    assert execution["settled_by"] == "logs"
    assert len(execution["attempts"]) == 1
    function_log = bridge.log(execution["id"])
    assert sum(line.endswith("worked for 3 of 3 seconds") for line in function_log) == 1
    # The invoke task ended at once; the sensor ended after the execution.
    invoked = airflow.task("lambda_async_example", run, "invoke_my_async_lambda")
    checked = airflow.task("lambda_async_example", run, "check_lambda_status")
    assert invoked["end_date"] < execution["finished_at"] < checked["end_date"]


def test_a_function_reads_its_payload_from_s3_through_its_uri(
    airflow: AirflowApi, bridge: BridgeApi, stack: Stack
) -> None:
    run = airflow.run("lambda_s3_payload_example")

    assert airflow.states("lambda_s3_payload_example", run) == {
        "upload_payload_to_s3": "success",
        "invoke_lambda_with_s3_payload": "success",
    }
    stored = stack.s3().get_object(Bucket="my-s3-bucket", Key="lambda/payload.json")["Body"].read()
    assert json.loads(stored) == {"large_key": "some_large_data" * 1000}
    result = airflow.xcom("lambda_s3_payload_example", run, "invoke_lambda_with_s3_payload")
    assert json.loads(result) == {"size": len(stored), "keys": ["large_key"]}
    log = airflow.log("lambda_s3_payload_example", run, "invoke_lambda_with_s3_payload")
    assert log.count(f"read {len(stored)} bytes with the keys ['large_key']") == 1

    [execution] = bridge.executions("lambda_s3_payload_example", run)
    assert execution["state"] == "succeeded"
    assert execution["function"] == "my_lambda_function_with_s3_payload"


def test_airflow_dags_test_runs_an_example_without_a_scheduler(stack: Stack, tmp_path: Path) -> None:
    # With its own Airflow home: the scheduler of the other tests would run the tasks itself.
    environment = airflow_environment(
        tmp_path,
        f"http://127.0.0.1:{free_port()}",
        dag_folders=[ROOT / "examples" / "dags"],
        connections={"lambda_bridge_default": stack.connection()},
    )

    run_airflow(environment, "db", "migrate")
    output = run_airflow(environment, "dags", "test", "lambda_invoke_example")

    assert output.count("my_lambda_function received the keys ['key1', 'key2']") == 1


def run_airflow(environment: dict[str, str], *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("airflow")), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
