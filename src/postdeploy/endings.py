"""How a run is told to end: Ctrl-C, a termination, a terminal that is closed."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

_HUNG_UP: list[int] = []
_TOLD = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What tells a run to end besides Ctrl-C (postdeploy.interrupts); not every system has both."""
_ENDING = (signal.SIGINT, *_TOLD)


def note_hang_up(number: int) -> None:
    """Keep in mind that the terminal is gone, where that is what the signal tells."""
    if number == getattr(signal, "SIGHUP", None):
        _HUNG_UP.append(number)


def mute_if_hung_up(config: pytest.Config) -> None:
    """Write no more to a terminal that is gone: the error would be taken for the end of the run."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if _HUNG_UP and reporter is not None:
        reporter._tw._file = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends


@contextlib.contextmanager
def deaf() -> Iterator[None]:
    """While the record is made, which takes no time to speak of, nobody is in too much of a hurry for it."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
