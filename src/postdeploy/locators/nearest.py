"""Reads what a page shows as roles and names, and finds what comes nearest to a locator that finds nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from postdeploy.locators.declaration import as_pattern

if TYPE_CHECKING:
    from postdeploy.locators.declaration import Find

_LINE: Final = re.compile(
    r'^(?P<indent> *)- (?P<role>[a-z]+)(?: "(?P<name>(?:[^"\\]|\\.)*)")?(?P<rest>.*)$'
)
_QUOTED: Final = re.compile(r"^( *- )'(.*)'(:?.*)$")
_ROLES: Final = {
    "field": frozenset({"textbox", "searchbox", "combobox", "spinbutton", "button"}),
    "control": frozenset({"link", "button"}),
}
"""The roles that a declaration stands for which names none."""
_MOST = 3


@dataclass(frozen=True)
class Element:
    """Something that a page shows: its role, its accessible name, its own text, and what it stands in."""

    role: str
    name: str
    text: str = ""
    inside: str = ""

    def __str__(self) -> str:
        return (
            f"{self.role} {self.name or self.text!r}"
            if not self.name
            else f"{self.role} {self.name!r}"
        )

    @property
    def called(self) -> str:
        """Its name, or for what has none its text."""
        return self.name or self.text


def read_snapshot(snapshot: str) -> list[Element]:
    """The elements of an ARIA snapshot (Playwright's YAML), top to bottom."""
    found: list[Element] = []
    above: list[tuple[int, str]] = []
    for line in snapshot.splitlines():
        if match := _LINE.match(_unquoted(line)):
            depth = len(match["indent"])
            above = [(indent, what) for indent, what in above if indent < depth]
            element = _element(match, above)
            found.append(element)
            if element.name or element.role in ("main", "banner", "dialog"):
                above.append((depth, str(element) if element.name else element.role))
    return found


def _unquoted(line: str) -> str:
    match = _QUOTED.match(line)
    return match[1] + match[2].replace("''", "'") + match[3] if match else line


def _element(match: re.Match[str], above: Sequence[tuple[int, str]]) -> Element:
    name = json.loads(f'"{match["name"]}"') if match["name"] else ""
    rest = match["rest"].partition(":")[2].strip()
    return Element(match["role"], name, rest.strip('"'), above[-1][1] if above else "")


def matching(find: Find, words: str, elements: Sequence[Element]) -> list[Element]:
    """The elements that a declaration means."""
    return [one for one in elements if _has_role(find, one) and _is_called(find, words, one)]


def candidates(
    find: Find, words: str, elements: Sequence[Element], taken: Collection[Element]
) -> tuple[Element, ...]:
    """What may be meant by a declaration that finds nothing, most similar first.

    First of the same role, those before others that no other locator finds (`taken`), then what has that
    name and another role.
    """
    same = [one for one in elements if _has_role(find, one) and one.called]
    same.sort(key=lambda one: (one in taken, -_similarity(words, one.called)))
    others = [
        one for one in elements if one.called.casefold() == words.casefold() and one not in same
    ]
    return tuple(dict.fromkeys([*same[:_MOST], *others[:_MOST]]))


def _has_role(find: Find, element: Element) -> bool:
    return find.role == "text" or element.role in _ROLES.get(find.role, {find.role})


def _is_called(find: Find, words: str, element: Element) -> bool:
    names = {element.name, element.text} if find.role == "text" else {element.name}
    return not words or any(_means(find, words, name) for name in names if name)


def _means(find: Find, words: str, name: str) -> bool:
    match find.match:
        case "exact":
            return name == words
        case "start":
            return name.casefold().startswith(words.casefold())
        case "pattern":
            return re.search(words, name) is not None
        case "format":
            return as_pattern(words).search(name) is not None
    return words.casefold() in name.casefold()


def _similarity(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()


def told(elements: Sequence[Element]) -> Iterator[str]:
    """Each element in words, with what it stands in where it has a name twice."""
    names = [str(one) for one in elements]
    for one in elements:
        twice = names.count(str(one)) > 1 and one.inside
        yield f"{one} in {one.inside}" if twice else str(one)
