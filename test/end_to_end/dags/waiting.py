"""Dags whose tasks wait for their function."""

from datetime import datetime, timedelta

from airflow import DAG
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator

START = datetime(2023, 1, 1)

# The retry is for a race in Airflow 3.3 between a trigger that fires at once and the executor's event for the
# deferred task: https://github.com/apache/airflow/issues/72716
with DAG("deferred", start_date=START, schedule=None):
    LambdaInvokeFunctionOperator(
        task_id="invoke",
        function_name="my_async_lambda_function",
        payload={"seconds": 14},
        log_type="Tail",
        deferrable=True,
        defer_after=1,
        retries=1,
        retry_delay=timedelta(seconds=1),
    )

with DAG("worker_killed", start_date=START, schedule=None):
    LambdaInvokeFunctionOperator(
        task_id="invoke",
        function_name="my_async_lambda_function",
        payload={"seconds": 12},
        log_type="Tail",
        retries=1,
        retry_delay=timedelta(seconds=1),
    )

# `s3`, because the bridge of the tests has a bucket for result objects but no URL that functions can reach.
with DAG("result_object", start_date=START, schedule=None):
    LambdaInvokeFunctionOperator(
        task_id="invoke",
        function_name="my_reporting_python_function",
        payload={"seconds": 2},
        invocation_type="Event",
        envelope=True,
        completion=["s3"],
        wait_for_completion=True,
        execution_timeout_seconds=60,
    )

with DAG("mapped", start_date=START, schedule=None):
    LambdaInvokeFunctionOperator.partial(task_id="invoke", function_name="my_lambda_function").expand(
        payload=[{"number": 1}, {"number": 2}]
    )
