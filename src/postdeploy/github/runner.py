"""What GitHub's runner reads: outputs of a step, and words in a log that are commands to it.

Nothing here needs more than the standard library: the job that finds out what is asked installs nothing.
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from postdeploy.plain import plain_text


def outputs(values: Mapping[str, str]) -> str:
    """Lines for the file that $GITHUB_OUTPUT names; no value can end itself, nor set another.

    Raises ValueError for a name that is none.
    """
    return "".join(_output(name, plain_text(value)) for name, value in values.items())


def _output(name: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][\w-]*", name, re.ASCII):
        raise ValueError(f"{name!r} is no name of an output")
    end = f"end-{secrets.token_hex(16)}"  # nobody who wrote the value can have known it
    return f"{name}<<{end}\n{value}\n{end}\n"


def append(path: Path | None, text: str) -> None:
    """Add to a file that the runner reads when the step has ended; without one, to nothing.

    Raises OSError where it cannot be written.
    """
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)


def command(lines: Iterable[str]) -> None:
    """Print workflow commands, each of them made by a writer that escapes what strangers say.

    They go past the stream that keeps this process from giving any by accident.
    """
    sys.stdout.flush()
    for line in lines:
        print(line, file=sys.__stdout__, flush=True)
