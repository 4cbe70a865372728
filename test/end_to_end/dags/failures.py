"""Dags in which something fails. Each has a test of its own in test_failures.py."""

from datetime import datetime, timedelta

from airflow import DAG
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator
from airflow_lambda_bridge.sensors import LambdaSensor

START = datetime(2023, 1, 1)

with DAG("function_error", start_date=START, schedule=None):
    LambdaInvokeFunctionOperator(
        task_id="invoke", function_name="my_lambda_function", payload={"fail": True}, log_type="Tail"
    )

with DAG("function_timeout", start_date=START, schedule=None):
    LambdaInvokeFunctionOperator(
        task_id="invoke", function_name="my_slow_lambda_function", payload={}, log_type="Tail"
    )

# These two DAGs allow retries; the tests check that Airflow makes none.
with DAG("unknown_function", start_date=START, schedule=None):
    LambdaInvokeFunctionOperator(task_id="invoke", function_name="my_missing_function", payload={}, retries=3)

with DAG("forbidden_function", start_date=START, schedule=None):
    LambdaInvokeFunctionOperator(
        task_id="invoke", function_name="someone_elses_function", payload={}, retries=3
    )

# The delay gives the test time to see the task wait for its retry, and to start the bridge.
with DAG("bridge_down", start_date=START, schedule=None):
    LambdaInvokeFunctionOperator(
        task_id="invoke",
        function_name="my_lambda_function",
        payload={"key1": "value1"},
        bridge_conn_id="late_bridge",
        retries=1,
        retry_delay=timedelta(seconds=20),
    )

with DAG("event_failure", start_date=START, schedule=None):
    invoke = LambdaInvokeFunctionOperator(
        task_id="invoke",
        function_name="my_async_lambda_function",
        payload={"fail": True, "seconds": 1},
        invocation_type="Event",
    )
    check = LambdaSensor(task_id="check", function_name="my_async_lambda_function", check_interval=2)
    invoke >> check

with DAG("flood", start_date=START, schedule=None):
    invoke = LambdaInvokeFunctionOperator(
        task_id="invoke",
        function_name="my_flooding_function",
        payload={"rows": 12_000},
        invocation_type="Event",
    )
    check = LambdaSensor(task_id="check", function_name="my_flooding_function", check_interval=2)
    invoke >> check

# The function prints the log of another one, which failed; that must change nothing.
with DAG("childs_log", start_date=START, schedule=None):
    invoke = LambdaInvokeFunctionOperator(
        task_id="invoke", function_name="my_calling_function", payload={}, invocation_type="Event"
    )
    check = LambdaSensor(task_id="check", function_name="my_calling_function", check_interval=2)
    invoke >> check
