"""How CI systems read the output of a step: GitHub's runner by its grammar, the others by their marks."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_OTHERS = re.compile(r"##(vso|teamcity)\[|section_(start|end):\d+:\S*\r")


@dataclass(frozen=True)
class Command:
    """What the runner takes a line for."""

    name: str
    properties: dict[str, str]
    data: str


def commands(output: str) -> list[Command]:
    """Every command to GitHub's runner; a name that it does not know counts as well."""
    found = [_command(line) for line in _LINE_ENDS.split(output)]
    return [one for one in found if one is not None]


def obeyed(output: str) -> list[str]:
    """What any of the systems would take for a command to it in a log."""
    marks = [match[0] for match in _OTHERS.finditer(output)]
    return [*(one.name for one in commands(output)), *marks]


def _command(line: str) -> Command | None:
    """The newer form begins a line, but for white space; the older one may stand anywhere in it."""
    start = line.lstrip()
    if start.startswith("::") and "::" in start[2:]:
        head, _, data = start[2:].partition("::")
        return _made(head, data, newer=True)
    _, mark, rest = line.partition("##[")
    if mark and "]" in rest:
        head, _, data = rest.partition("]")
        return _made(head, data, newer=False)
    return None


def _made(head: str, data: str, *, newer: bool) -> Command:
    name, _, listed = head.strip().partition(" ")
    pairs = [pair.partition("=") for pair in re.split("," if newer else ";", listed) if "=" in pair]
    properties = {key.strip(): _read(value, ":", ",") for key, _, value in pairs}
    return Command(name, properties, _read(data))


def _read(text: str, *more: str) -> str:
    for character in ("\r", "\n", *more):
        text = text.replace(f"%{ord(character):02X}", character)
    return text.replace("%25", "%")


def outputs(file: str) -> dict[str, str]:
    """What the runner reads from the file that GITHUB_OUTPUT names."""
    found: dict[str, str] = {}
    lines = iter(_LINE_ENDS.split(file))
    for line in lines:
        name, mark, rest = re.split("(<<|=)", line, maxsplit=1) if line else ("", "", "")
        if mark == "=":
            found[name] = rest
        elif mark:
            value = []
            for inner in lines:
                if inner == rest:
                    break
                value.append(inner)
            else:
                raise ValueError(f"no end of {name}")
            found[name] = "\n".join(value)
    return found
