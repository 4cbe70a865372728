"""Operators, named as in the Amazon provider: existing DAGs only have to change their import lines."""

from airflow_lambda_bridge.operators.invoke import LambdaInvokeFunctionOperator
from airflow_lambda_bridge.operators.s3_upload import S3UploadOperator

__all__ = ["LambdaInvokeFunctionOperator", "S3UploadOperator"]
