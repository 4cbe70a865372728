"""Starts a Lambda function as an event and lets a sensor wait until this run's execution has really ended."""

from datetime import datetime

from airflow import DAG
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator
from airflow_lambda_bridge.sensors import LambdaSensor

with DAG(
    dag_id="lambda_async_example",
    start_date=datetime(2023, 1, 1),
    schedule=None,
    catchup=False,
):
    invoke = LambdaInvokeFunctionOperator(
        task_id="invoke_my_async_lambda",
        function_name="my_async_lambda_function",
        payload={"key1": "value1", "key2": "value2"},
        invocation_type="Event",
    )

    # Fails when the function failed; without a sensor the event's end would be nobody's business.
    check = LambdaSensor(
        task_id="check_lambda_status",
        function_name="my_async_lambda_function",
        invocation_type="Event",
        check_interval=30,
    )

    invoke >> check
