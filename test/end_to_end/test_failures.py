"""What Airflow shows and what the ledger holds when something fails."""

from __future__ import annotations

import json

from airflow_api import AirflowApi
from bridge_api import BridgeApi
from late_bridge import LateBridge


def test_a_raising_function_fails_the_task_with_its_error_trace_and_log(
    airflow: AirflowApi, bridge: BridgeApi
) -> None:
    run = airflow.run("function_error")

    assert airflow.states("function_error", run) == {"invoke": "failed"}
    log = airflow.log("function_error", run, "invoke")
    text = "\n".join(log)
    assert "ValueError: asked to fail by the payload" in text
    assert 'raise ValueError("asked to fail by the payload")' in text
    assert log.count("my_lambda_function received the keys ['fail']") == 1
    assert airflow.xcom("function_error", run, "invoke") is None

    [execution] = bridge.executions("function_error", run)
    assert execution["state"] == "failed"
    assert execution["error"]["kind"] == "function_error"
    assert execution["error"]["type"] == "ValueError"
    assert execution["error"]["message"] == "asked to fail by the payload"
    assert any("app.py" in frame for frame in execution["error"]["stack_trace"])
    assert len(execution["attempts"]) == 1


def test_a_function_over_its_timeout_fails_the_task_as_timed_out(
    airflow: AirflowApi, bridge: BridgeApi
) -> None:
    run = airflow.run("function_timeout")

    assert airflow.states("function_timeout", run) == {"invoke": "failed"}
    log = airflow.log("function_timeout", run, "invoke")
    assert any("timed_out" in line and "2.00 seconds" in line for line in log), log
    assert sum(line.startswith("working for 10 seconds") for line in log) == 1

    [execution] = bridge.executions("function_timeout", run)
    assert execution["state"] == "failed"
    assert execution["error"]["kind"] == "timed_out"


def test_an_unknown_function_fails_the_task_at_once_without_a_retry(
    airflow: AirflowApi, bridge: BridgeApi
) -> None:
    run = airflow.run("unknown_function")

    task = airflow.task("unknown_function", run, "invoke")
    assert (task["state"], task["try_number"], task["max_tries"]) == ("failed", 1, 3)
    log = "\n".join(airflow.log("unknown_function", run, "invoke"))
    assert "function_not_found: Lambda has no function 'my_missing_function'" in log
    assert bridge.executions("unknown_function", run) == []


def test_a_function_outside_the_policy_is_refused_without_an_execution_in_the_ledger(
    airflow: AirflowApi, bridge: BridgeApi
) -> None:
    run = airflow.run("forbidden_function")

    task = airflow.task("forbidden_function", run, "invoke")
    assert (task["state"], task["try_number"]) == ("failed", 1)
    log = "\n".join(airflow.log("forbidden_function", run, "invoke"))
    assert "function_not_allowed: The function policy does not allow 'someone_elses_function'" in log
    assert bridge.executions("forbidden_function", run) == []


def test_the_log_names_a_bridge_that_is_down_and_the_retry_succeeds_once_it_is_up(
    airflow: AirflowApi, late_bridge: LateBridge
) -> None:
    run = airflow.trigger("bridge_down")

    airflow.wait_for_task("bridge_down", run, "invoke", {"up_for_retry"})
    first = "\n".join(airflow.log("bridge_down", run, "invoke", try_number=1))
    assert f"The Lambda bridge at {late_bridge.url} (connection 'late_bridge') did not answer" in first

    bridge = late_bridge.start()
    assert airflow.wait_for_run("bridge_down", run) == "success"
    assert airflow.task("bridge_down", run, "invoke")["try_number"] == 2
    result = json.loads(airflow.xcom("bridge_down", run, "invoke"))
    assert result == {"received": {"key1": "value1"}, "count": 1}
    [execution] = bridge.executions("bridge_down", run)
    assert (execution["state"], execution["airflow"]["try_number"]) == ("succeeded", 2)


def test_the_sensor_fails_when_the_last_run_of_the_event_failed(
    airflow: AirflowApi, bridge: BridgeApi
) -> None:
    run = airflow.run("event_failure")

    assert airflow.states("event_failure", run) == {"invoke": "success", "check": "failed"}
    log = "\n".join(airflow.log("event_failure", run, "check"))
    assert "RequestedFailure: asked to fail by the payload" in log

    [execution] = bridge.executions("event_failure", run)
    assert execution["state"] == "failed"
    assert execution["error"]["kind"] == "function_error"
    # Lambda itself runs a failed event twice more; the bridge invoked once.
    assert [attempt["number"] for attempt in execution["attempts"]] == [1]
    assert execution["attempts"][0]["deliveries"] == 3


def test_an_error_behind_a_flood_of_lines_fails_the_event(airflow: AirflowApi, bridge: BridgeApi) -> None:
    run = airflow.run("flood")

    assert airflow.states("flood", run) == {"invoke": "success", "check": "failed"}
    [execution] = bridge.executions("flood", run)
    assert (execution["state"], execution["error"]["type"]) == ("failed", "ValueError")
    assert execution["error"]["message"] == "raised after the flood"
    assert execution["attempts"][0]["proof"] == "runtime_record"


def test_the_printed_log_of_another_function_changes_nothing(airflow: AirflowApi, bridge: BridgeApi) -> None:
    run = airflow.run("childs_log")

    assert airflow.states("childs_log", run) == {"invoke": "success", "check": "success"}
    [execution] = bridge.executions("childs_log", run)
    assert (execution["state"], execution["warnings"]) == ("succeeded", [])
    assert execution["attempts"][0]["proof"] == "silence"
    assert execution["attempts"][0]["deliveries"] == 1
