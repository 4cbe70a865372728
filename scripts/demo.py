"""Runs the three example Dags on real Airflow, with the bridge and stand-ins for AWS on this machine.

Shows for each Dag what Airflow and the ledger hold. The exit code is 0 only if all of it is correct. With
--keep everything runs on until Ctrl-C.
"""

from __future__ import annotations

import argparse
import fcntl
import shutil
import signal
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event
from typing import NoReturn, TextIO

import httpx

from airflow_standalone import AirflowStandalone
from bridge_api import BridgeApi
from demo_runs import RUNS, Observation, describe
from service import ServiceError
from stack import ROOT, Stack

FOLDER = ROOT / "data" / "demo"
MARK = "demo.lock"


def main() -> int:
    parser = argparse.ArgumentParser(prog="npm run demo --", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything running and print the URLs")
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="for data and logs; its contents are deleted first"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    folder = options.folder.resolve()
    folder_lock = claim_folder(folder)
    try:
        return run_demo(folder, keep=options.keep)
    except (ServiceError, TimeoutError, httpx.HTTPError) as error:
        print(f"\nDemo failed: {error}\nThe logs are in {folder / 'logs'}")
        return 1
    except KeyboardInterrupt:
        print("\nDemo stopped.")
        return 130
    finally:
        folder_lock.close()


def interrupt(number: int, _frame: object) -> NoReturn:
    """npm and the terminal may both send the signal. The second must not interrupt the clean-up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("\nStopping; running tasks get some seconds to end.", flush=True)
    raise KeyboardInterrupt


def run_demo(folder: Path, *, keep: bool) -> int:
    with ExitStack() as services:
        step("Starting the S3 stand-in, the local Lambda emulator and the bridge")
        stack = services.enter_context(Stack(folder))
        step("Starting Airflow (its database, scheduler, Dag processor, API server, triggerer)")
        airflow = services.enter_context(
            AirflowStandalone(
                folder / "airflow",
                dag_folders=[ROOT / "examples" / "dags"],
                connections={"lambda_bridge_default": stack.connection()},
                log_file=folder / "logs" / "airflow.log",
            )
        )
        bridge = BridgeApi(stack.bridge_url, stack.token)
        problems: list[str] = []
        for run in RUNS:
            step(f"Running the Dag {run.dag_id}")
            run_id = airflow.api.run(run.dag_id)
            observation = Observation.of(airflow.api, bridge, run.dag_id, run_id)
            print(describe(observation))
            found = run.problems(observation)
            print("\n".join(f"    ✗ {problem}" for problem in found) or "    ✓ correct")
            problems += [f"{run.dag_id}: {problem}" for problem in found]
        if keep:
            wait_for_the_user(stack, airflow)
        step("Stopping everything")
    if problems:
        print(
            f"\nDemo failed: {len(problems)} problems:\n" + "\n".join(f"  {problem}" for problem in problems)
        )
        return 1
    print(f"\nDemo passed: {len(RUNS)} Dags ran on Airflow, each function ran once, and the ledger agrees.")
    return 0


def claim_folder(folder: Path) -> TextIO:
    """
    Empties the folder, unless another demo uses it: only one process can open its ledger.

    Returns the locked file. The lock ends with the process, even if that is killed.
    """
    mark = folder / MARK
    if mark.exists():
        lock(mark)
    elif folder.exists() and any(folder.iterdir()):
        sys.exit(f"{folder} holds files that are not from a demo: give another --folder.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return lock(mark)


def lock(mark: Path) -> TextIO:
    file = mark.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another demo is running in {mark.parent}: stop it, or give another --folder.")
    return file


def wait_for_the_user(stack: Stack, airflow: AirflowStandalone) -> None:
    print(
        f"""
Everything is running. Ctrl-C stops it.
  Airflow          {airflow.url}   (no login; DAGs: examples/dags)
  bridge           {stack.bridge_url}   (API: {stack.bridge_url}/openapi.json)
  bridge token     {stack.token}
  for example      curl -s '{stack.bridge_url}/v1/executions?limit=1' -H 'Authorization: Bearer {stack.token}'
  Lambda emulator  {stack.lambda_url}   (functions: {stack.functions}, a copy of examples/functions)
  S3 stand-in      {stack.s3_url}
  logs             {stack.folder / "logs"}
""",
        flush=True,
    )
    with suppress(KeyboardInterrupt):
        Event().wait()


STARTED = time.monotonic()


def step(sentence: str) -> None:
    print(f"\n[{time.monotonic() - STARTED:5.1f} s] {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
