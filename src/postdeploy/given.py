"""An option that was given and is empty is a mistake: a shell hands over "" where a variable is not set.

Taken for "not asked", it would silently take away what was asked: another environment, no version, no age.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


def guarded(add: Callable[..., T]) -> Callable[..., T]:
    """`add_argument` (or pytest's `addoption`), for options and arguments that may not be empty.

    One that is declared with the default "" may: there an empty text means what leaving it out means.
    """

    @functools.wraps(add)
    def add_guarded(*names: str, **how: Any) -> T:
        if how.get("action", "store") in ("store", "append") and how.get("default") != "":
            how["type"] = _not_empty(how.get("type", str))
        return add(*names, **how)

    return add_guarded


def _not_empty(read: Callable[[str], Any]) -> Callable[[str], Any]:
    @functools.wraps(read, updated=())
    def read_text(text: str) -> Any:
        if not text.strip():
            told = "is empty: the variable behind it is probably not set. Set it, or leave this out"
            raise argparse.ArgumentTypeError(told)
        return read(text)

    return read_text


class Parser(argparse.ArgumentParser):
    """A parser of commands, and of theirs: it takes nothing empty, and ends with 4 for a user's mistake."""

    def add_argument(self, *names: str, **how: Any) -> argparse.Action:
        """Declare an option or an argument that may not be empty, unless its default is "" as well."""
        return guarded(super().add_argument)(*names, **how)

    def error(self, message: str) -> NoReturn:
        """Tell a mistake on the command line."""
        self.print_usage(sys.stderr)
        self.exit(4, f"{self.prog}: error: {message}\n")
