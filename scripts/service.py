"""Runs a program in the background, with its output in a file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import httpx

T = TypeVar("T")

STOP_SECONDS = 20.0
"""How long a program may take to stop after its signal. The bridge first waits for held invocations."""


class ServiceError(Exception):
    """A program did not start or ended early. The message contains the end of its output."""


class Service:
    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        log_file: Path,
        folder: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log_file = log_file
        self._command = [str(part) for part in command]
        self._environment = dict(environment)
        self._folder = folder
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServiceError(f"{self.name} was not started")
        return self._process.pid

    def start(self) -> None:
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as output:
            # In its own process group: Ctrl-C then reaches only the script, which stops the services in
            # order, and stop() can kill the processes that a service leaves behind.
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Polls `ready`; a transport error counts as not ready. Fails at once when the program has ended."""

        def check() -> bool:
            if self._process is not None and self._process.poll() is not None:
                code = self._process.returncode
                raise ServiceError(f"{self.name} ended with exit code {code}:\n{self.log_end()}")
            try:
                return ready()
            except httpx.TransportError:
                return False

        try:
            poll(check, bool, seconds=seconds, interval=0.2)
        except TimeoutError:
            raise ServiceError(
                f"{self.name} was not ready within {seconds:.0f} s:\n{self.log_end()}"
            ) from None

    def log_end(self, lines: int = 30) -> str:
        text = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> int | None:
        """Stops the program, kills the rest of its process group, and returns the exit code."""
        process, self._process = self._process, None
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(self._stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def poll(read: Callable[[], T], accept: Callable[[T], bool], *, seconds: float, interval: float = 0.5) -> T:
    """Reads until the value is accepted, and returns that value.

    :raises TimeoutError: with the last value read.
    """
    deadline = time.monotonic() + seconds
    while True:
        value = read()
        if accept(value):
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not accepted within {seconds:.0f} s; last value: {value!r}")
        time.sleep(interval)


def answers(url: str) -> bool:
    """True when an HTTP server answers, with any status. Raises when none does."""
    httpx.get(url, timeout=5, trust_env=False)
    return True


def is_ok(url: str) -> bool:
    return httpx.get(url, timeout=5, trust_env=False).is_success


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment() -> dict[str, str]:
    """Our environment without AWS, Airflow and bridge settings: nothing may reach a real AWS account."""
    foreign = ("AWS_", "AIRFLOW", "BRIDGE_", "DATABASE_URL", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
