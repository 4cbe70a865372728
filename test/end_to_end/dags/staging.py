"""A payload over Lambda's limit for events."""

from datetime import datetime

from airflow import DAG
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator
from airflow_lambda_bridge.sensors import LambdaSensor

# More than the 1 MB of an event. A template makes it, to keep the serialized Dag small.
with DAG("large_payload", start_date=datetime(2023, 1, 1), schedule=None, catchup=False):
    invoke = LambdaInvokeFunctionOperator(
        task_id="invoke",
        function_name="my_lambda_function_with_s3_payload",
        payload='{"large_key": "{{ "x" * 1500000 }}"}',
        invocation_type="Event",
    )
    check = LambdaSensor(
        task_id="check", function_name="my_lambda_function_with_s3_payload", check_interval=2
    )
    invoke >> check
