"""Operators; their names are those of the Amazon provider, so that changed import lines are enough."""

from airflow_lambda_bridge.operators.invoke import LambdaInvokeFunctionOperator
from airflow_lambda_bridge.operators.s3_upload import S3UploadOperator

__all__ = ["LambdaInvokeFunctionOperator", "S3UploadOperator"]
