"""Signals that end a run: the first one ends it in order, later ones do not disturb the clean-up."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from postdeploy.endings import note_hang_up

_ONE_BLOW_SECONDS = 0.5
"""Terminals, shells and supervisors may send one Ctrl-C several times over."""
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
_Handler = Callable[[int, FrameType | None], object] | int | None


class Interrupts:
    """Turns each signal into a KeyboardInterrupt until the run ends, and then into a word to whoever sent it.

    While the run ends, the first one is told that things are being removed; the next one calls `hurry`.
    """

    def __init__(self, hurry: Callable[[], None], *, controls: bool) -> None:
        self.ending = False
        self._hurry = hurry
        self._controls = controls
        self._warned = False
        self._last = float("-inf")
        self._before: dict[signal.Signals, _Handler] = {}

    def install(self) -> None:
        """Take the signals over, but for those that whoever started the run has made it deaf to."""
        if threading.current_thread() is not threading.main_thread():
            return  # nobody else may, and nobody else is interrupted
        for name in _ENDING:
            number = getattr(signal, name, None)
            if number is None or (
                signal.getsignal(number) is signal.SIG_IGN and self._spares(name)
            ):
                continue
            # A closed terminal is told to workers as well; they are ended by their controller, in order.
            deaf_to_it = name == "SIGHUP" and not self._controls
            handler = signal.SIG_IGN if deaf_to_it else self._caught
            self._before[number] = signal.signal(number, handler)

    def _spares(self, name: str) -> bool:
        # Shells start background jobs deaf to SIGINT, and it is how a controller ends its workers.
        return self._controls or name != "SIGINT"

    def remove(self) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        self._before.clear()

    def _caught(self, number: int, frame: FrameType | None) -> None:
        del frame
        note_hang_up(number)
        now = time.monotonic()
        again = now - self._last < _ONE_BLOW_SECONDS
        self._last = now
        if again:
            return
        if not self.ending:
            raise KeyboardInterrupt
        if self._warned:
            self._hurry()
            return
        self._warned = True
        if self._controls:
            told = "\npostdeploy: removing what this run has made; once more leaves it behind\n"
            # The signal may have come in the middle of another word to the same stream.
            with contextlib.suppress(RuntimeError, OSError, ValueError):
                sys.stderr.write(told)
