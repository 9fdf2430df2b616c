"""A run of the demo project in a terminal of a given size, and what stands on it in the end."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PIECE = 1 << 16


@dataclass
class Screen:
    """As much of a terminal as pytest needs: lines, carriage returns, and no more columns than there are.

    Colours are left out; anything else that is no text is kept as rubbish.
    """

    columns: int
    lines: list[list[str]] = field(default_factory=lambda: [[]])
    rubbish: list[str] = field(default_factory=list)
    wrapped: int = 0
    shown: list[str] = field(default_factory=list)
    """What stood on the last line whenever it was written over."""
    _at: int = 0

    def feed(self, text: str) -> None:
        """Show it."""
        for sign in _without_colours(text):
            if sign == "\r":
                self.shown.append(self.text(self.lines[-1]))
                self._at = 0
            elif sign == "\n":
                self._new_line()
            elif not sign.isprintable():
                self.rubbish.append(sign)
            else:
                self._put(sign)

    def _new_line(self) -> None:
        self.lines.append([])
        self._at = 0

    def _put(self, sign: str) -> None:
        if self._at == self.columns:
            self.wrapped += 1
            self._new_line()
        line = self.lines[-1]
        line.extend(" " * (self._at + 1 - len(line)))
        line[self._at] = sign
        self._at += 1

    @staticmethod
    def text(line: Sequence[str]) -> str:
        """A line as it is read."""
        return "".join(line).rstrip()

    @property
    def read(self) -> list[str]:
        """All lines, but for empty ones at the end."""
        lines = [self.text(line) for line in self.lines]
        while lines and not lines[-1]:
            lines.pop()
        return lines


def _without_colours(text: str) -> str:
    kept, rest = "", text
    while "\x1b[" in rest:
        before, _, rest = rest.partition("\x1b[")
        _, _, rest = rest.partition("m")
        kept += before
    return kept + rest


@dataclass
class InTerminal:
    """A process whose terminal we are."""

    process: int
    terminal: int
    columns: int
    _said: bytearray = field(default_factory=bytearray)
    _reader: threading.Thread | None = None

    def read_on(self) -> None:
        """Begin to read, so that it is never held up."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self.terminal, _PIECE)
            except OSError:  # as Linux says that the other side is closed
                return
            if not piece:
                return
            self._said += piece

    def end(self) -> tuple[int, Screen]:
        """Wait for the end; its exit code, and the screen."""
        _, status = os.waitpid(self.process, 0)
        assert self._reader is not None
        self._reader.join(timeout=10)
        os.close(self.terminal)
        screen = Screen(self.columns)
        screen.feed(self._said.decode())
        return os.waitstatus_to_exitcode(status), screen


def start_in_terminal(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], columns: int = 80
) -> InTerminal:
    """Start it there."""
    size = struct.pack("HHHH", 24, columns, 0, 0)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
    process = os.posix_spawnp(
        "sh",
        ["sh", "-c", 'cd "$0" && exec "$@"', str(folder), *command],
        dict(environment),
        file_actions=[(os.POSIX_SPAWN_DUP2, theirs, number) for number in (0, 1, 2)],
    )
    os.close(theirs)
    started = InTerminal(process, ours, columns)
    started.read_on()
    return started
