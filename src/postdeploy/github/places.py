"""Where the items of a checklist stand in its file, so that an annotation can point there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_TABLE: Final = re.compile(r"^\s*\[+\s*([\w.-]+)\s*\]+")
_ID: Final = re.compile(r"""^\s*id\s*=\s*["']([^"']+)["']""")
_PART: Final = re.compile(r"\\\{\w+\\\}")


def item_places(checklist: Path, items: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Item → file and line, from 1; nothing for an item that is not there, or where there is no file.

    An item that was made of a table's entry (`health.{name}`) stands where its pattern stands.
    """
    try:
        text = checklist.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    lines = _lines(text)
    patterns = [
        (re.compile(_PART.sub(".+", re.escape(name))), line)
        for name, line in lines.items()
        if "{" in name
    ]
    found: dict[str, tuple[str, int]] = {}
    for item in items:
        line = lines.get(item) or next((at for p, at in patterns if p.fullmatch(item)), 0)
        if line:
            found[item] = (checklist.as_posix(), line)
    return found


def _lines(text: str) -> dict[str, int]:
    table = ""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(line):
            table = header[1]
        elif table == "items" and (named := _ID.match(line)):
            found.setdefault(named[1], number)
    return found
