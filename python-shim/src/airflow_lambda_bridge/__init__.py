"""Airflow provider that runs AWS Lambda functions through airflow-lambda-bridge."""

__version__ = "0.1.0"
