"""Runs the program of `npm run demo`, with its own folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from stack import ROOT


def test_the_demo_runs_the_three_examples_and_finds_them_correct(tmp_path: Path) -> None:
    demo = [sys.executable, str(ROOT / "scripts" / "demo.py"), "--folder", str(tmp_path / "demo")]
    done = subprocess.run(demo, capture_output=True, text=True, timeout=300)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓ correct") == 3
    assert done.stdout.splitlines()[-1].startswith("Demo passed: 3 Dags ran on Airflow")
