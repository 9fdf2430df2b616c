"""The project's own tests and its checks never meet, from whichever side one starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_self_tests_load_neither_the_root_conftest_nor_the_plugin(
    pytestconfig: pytest.Config,
) -> None:
    plugins = pytestconfig.pluginmanager
    loaded = {str(getattr(plugin, "__file__", "")) for plugin in plugins.get_plugins()}
    assert str(ROOT / "conftest.py") not in loaded
    assert plugins.is_blocked("postdeploy")


def test_a_smoke_run_collects_no_self_test() -> None:
    command = ["-m", "pytest", "-m", "prod_smoke", "--env", "sandbox", "--collect-only", "-q"]
    run = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    collected = [line for line in run.stdout.splitlines() if "::" in line]
    assert run.returncode == 0, run.stdout + run.stderr
    assert collected
    assert [line for line in collected if not line.startswith("tests/")] == []
