"""What holds for all self-tests."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Hear the signals whose effect is tested: whoever began this in the background may have made it deaf to them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
