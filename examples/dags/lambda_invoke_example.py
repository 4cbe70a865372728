"""Runs a Lambda function and writes the last lines of its log to the task log."""

from datetime import datetime

from airflow import DAG
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator

with DAG(
    dag_id="lambda_invoke_example",
    start_date=datetime(2023, 1, 1),
    schedule=None,
    catchup=False,
):
    LambdaInvokeFunctionOperator(
        task_id="invoke_my_lambda",
        function_name="my_lambda_function",
        payload={"key1": "value1", "key2": "value2"},
        log_type="Tail",
    )
