"""Invokes a Lambda function as an Event; a sensor waits until its execution in this DAG run has ended."""

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

    # Fails if the function failed. Without a sensor, the DAG run would not know how the execution ended.
    check = LambdaSensor(
        task_id="check_lambda_status",
        function_name="my_async_lambda_function",
        invocation_type="Event",
        check_interval=30,
    )

    invoke >> check
