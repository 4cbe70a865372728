"""The bridge with stand-ins for AWS: moto's server for S3, and the local Lambda emulator."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3  # type: ignore[import-untyped]

from service import Service, answers, clean_environment, free_port, is_ok

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ROOT / "examples" / "functions"
BUCKETS = ("my-s3-bucket", "bridge-staging")
REGION = "eu-central-1"

READY_SECONDS = 60.0
"""A start takes about a second, and much longer on a busy machine."""


class Stack:
    """Uses free ports, and one folder for data and logs. Use as a context manager."""

    def __init__(self, folder: Path, *more_functions: Path) -> None:
        """:param more_functions: folders with functions besides the examples."""
        self.folder = folder
        self.functions = folder / "functions"
        for source in (FUNCTIONS, *more_functions):
            shutil.copytree(source, self.functions, dirs_exist_ok=True)
        self.token = secrets.token_urlsafe(24)
        self.s3_url = f"http://127.0.0.1:{free_port()}"
        self.lambda_url = f"http://127.0.0.1:{free_port()}"
        self.bridge_url = f"http://127.0.0.1:{free_port()}"
        self._services: list[Service] = []

    def __enter__(self) -> Stack:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts everything, the bridge last.

        :raises ServiceError: with the end of the failed program's output.
        """
        moto = self._launch("s3", [Path(sys.executable).with_name("moto_server"), "-p", port_of(self.s3_url)])
        emulator = self._launch(
            "lambda",
            [
                *node("local"),
                *("--functions", self.functions),
                *("--port", port_of(self.lambda_url)),
                *("--python", sys.executable),
                # Lambda itself waits one and two minutes before it runs a failed event again.
                *("--retry-delays", "1,2"),
            ],
        )
        moto.wait_until(lambda: answers(self.s3_url), READY_SECONDS)
        for bucket in BUCKETS:
            self.s3().create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        emulator.wait_until(lambda: answers(self.lambda_url), READY_SECONDS)
        self.start_bridge("bridge", self.bridge_url)

    def start_bridge(self, name: str, url: str) -> Service:
        """Starts a bridge with its own ledger (SQLite in `folder/name`)."""
        config = self.folder / f"{name}.yaml"
        config.parent.mkdir(parents=True, exist_ok=True)
        # Every JSON file is a YAML file.
        config.write_text(json.dumps(self._bridge_config(), indent=2))
        settings = {
            "BRIDGE_PORT": port_of(url),
            "BRIDGE_DATA_DIR": str(self.folder / name),
            "BRIDGE_CONFIG": str(config),
            "BRIDGE_STAGING_URI": "s3://bridge-staging/bridge",
            "BRIDGE_PUBLIC_URL": url,
            "BRIDGE_CALLBACK_SECRET": secrets.token_urlsafe(32),
        }
        bridge = self._launch(name, node("serve"), settings)
        bridge.wait_until(lambda: is_ok(f"{url}/readyz"), READY_SECONDS)
        return bridge

    def stop(self) -> None:
        while self._services:
            self._services.pop().stop()

    def connection(self, url: str | None = None) -> str:
        """The Airflow connection to a bridge of this stack, as a value for AIRFLOW_CONN_…."""
        host = self.bridge_url if url is None else url
        return json.dumps({"conn_type": "lambda_bridge", "host": host, "password": self.token})

    def s3(self) -> Any:
        """A boto3 client of the S3 stand-in."""
        return boto3.client(
            "s3",
            endpoint_url=self.s3_url,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    def _launch(
        self, name: str, command: list[str | Path], settings: dict[str, str] | None = None
    ) -> Service:
        environment = clean_environment() | self._aws_settings() | (settings or {})
        log_file = self.folder / "logs" / f"{name}.log"
        service = Service(name, command, environment=environment, log_file=log_file, folder=ROOT)
        self._services.append(service)
        service.start()
        return service

    def _aws_settings(self) -> dict[str, str]:
        return {
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            # The user's profile files could set other endpoints or credentials.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_S3": self.s3_url,
            "AWS_ENDPOINT_URL_LAMBDA": self.lambda_url,
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": self.lambda_url,
            "AWS_ENDPOINT_URL_CLOUDWATCH": self.lambda_url,
            "AWS_ENDPOINT_URL_XRAY": self.lambda_url,
        }

    def _bridge_config(self) -> dict[str, Any]:
        return {
            "functions": [
                {"name": "my_*", "allow": True, "max_concurrency": 10, "timeout_seconds": 120},
            ],
            "buckets": list(BUCKETS),
            "tokens": [{"name": "airflow", "token": self.token}],
        }


def node(command: str) -> list[str | Path]:
    """Runs the service from its source, on the Node that npm installed: the machine's own may be too old."""
    return [ROOT / "node_modules" / ".bin" / "node", ROOT / "src" / "main.ts", command]


def port_of(url: str) -> str:
    return url.rsplit(":", 1)[1]
