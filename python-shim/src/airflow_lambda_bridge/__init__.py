"""Airflow provider for airflow-lambda-bridge: Lambda functions with status, result and logs."""

__version__ = "0.1.0"
