"""What holds for all self-tests."""

from __future__ import annotations

import os
import signal

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Hear the signals whose effect is tested: whoever began this in the background may have made it deaf to them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if config.getoption("markexpr") == "faults" and not hasattr(config, "workerinput"):
        # Only they need these modules, which take their time to read.
        from selftests.faults.expected import SYSTEMS
        from selftests.faults.plans import share_plans

        share_plans(tuple(filter(None, os.environ.get("FAULTS_SYSTEMS", "").split(","))) or SYSTEMS)
