"""Uploads a large payload to S3 and passes only its URI to the Lambda function."""

import json
from datetime import datetime

from airflow import DAG
from airflow_lambda_bridge.operators import LambdaInvokeFunctionOperator, S3UploadOperator

with DAG(
    dag_id="lambda_s3_payload_example",
    start_date=datetime(2023, 1, 1),
    schedule=None,
    catchup=False,
):
    upload = S3UploadOperator(
        task_id="upload_payload_to_s3",
        bucket="my-s3-bucket",
        key="lambda/payload.json",
        replace=True,
        aws_conn_id="aws_default",
        content=json.dumps({"large_key": "some_large_data" * 1000}),
    )

    invoke = LambdaInvokeFunctionOperator(
        task_id="invoke_lambda_with_s3_payload",
        function_name="my_lambda_function_with_s3_payload",
        payload={"s3_key": "s3://my-s3-bucket/lambda/payload.json"},
        log_type="Tail",
    )

    upload >> invoke
