"""What goes to a terminal, or into a CI system's log: words and colours, and nothing that either obeys."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from typing import Any, Final

from postdeploy.plain import plain_text

_OWN: Final = re.compile(
    r"(\x1b\[(?:(?:0?[0-4]|7|9|2[1-79]|[34][0-79]|9[0-7]|10[0-7]|[34]8;5;\d{1,3}|0?0)(?:;(?=\d)|(?=m)))*m"
    r"|\x1b\]9;4;[0-4];?\d{0,3}\x1b\\)"  # pytest's progress, which terminals show in their title bar
)
_PIECES: Final = re.compile(rf"{_OWN.pattern}|(\n)|([^\n\x1b]+)")
_MARKED: Final = re.compile(r"##(?=[\[A-Za-z])")


class Harmless:
    """A text stream in front of another one; all else that is asked of it is that one's.

    pytest prints what products say in many places of its own (assertions, captured logs, warnings). Here it all
    comes past, whatever printed it. A carriage return passes only where it begins what is written, as when pytest
    writes a line over.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._start: str | None = ""
        """The line so far, while it may still become a command."""
        self._tail = ""

    def write(self, text: str) -> int:
        """Pass on what is harmless of it."""
        over = text.startswith("\r") and not text.startswith("\r\n")
        if over:
            self._new_line()
        parts = _OWN.split(text[over:])
        clean = "".join(plain_text(p) if i % 2 == 0 else p for i, p in enumerate(parts))
        self._stream.write("\r" * over + "".join(self._without_commands(clean)))
        return len(text)

    def writelines(self, lines: Iterator[str]) -> None:
        """As `write`, one by one."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _new_line(self) -> None:
        self._start, self._tail = "", ""

    def _without_commands(self, text: str) -> Iterator[str]:
        for own, end, words in _PIECES.findall(text):
            if end:
                self._new_line()
            yield own or end or self._words(words)

    def _words(self, words: str) -> str:
        marked = _MARKED.sub("## ", self._tail + self._told(words))
        told = marked[len(self._tail) :]
        self._tail = marked[-2:]
        return told

    def _told(self, words: str) -> str:
        """A line whose first characters are two colons is a command to GitHub's runner."""
        if self._start is None:
            return words
        line = (self._start + words).lstrip()
        if line in ("", ":"):
            self._start += words
            return words
        begun, self._start = self._start, None
        if not line.startswith("::"):
            return words
        return f" {words}" if ":" in begun else words.replace("::", ": :", 1)


@contextlib.contextmanager
def harmless_output() -> Iterator[None]:
    """Both standard streams of this process, made harmless."""
    out, err = Harmless(sys.stdout), Harmless(sys.stderr)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield
