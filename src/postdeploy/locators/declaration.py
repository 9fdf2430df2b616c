"""Declares where a page object's elements are to be found, and which captions of the product it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, overload

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from postdeploy.target import Target

Match = Literal["exact", "part", "start", "pattern", "format", "holds"]
"""How a caption is compared with an element's accessible name.

`exact`, `part` and `start` speak for themselves; `pattern`: the caption is a regular expression;
`format`: its {fields} stand for anything; `holds`: it is part of the element's text, not its name.
"""
Count = Literal["one", "some", "any", "later"]
"""How many there are when the page has loaded; `any` depends on the data, `later` on an action."""


class Place(Protocol):
    """What a declaration needs of a page object: where to look, and the captions to look for."""

    @property
    def root(self) -> Page | Locator: ...
    @property
    def target(self) -> Target: ...


@dataclass(frozen=True)
class Find:
    """A locator of a page object, declared as an attribute of its class.

    `role` is an ARIA role, or `field` (an input by its label), `text`, or `control` (a link or a
    button); `label` the key of a caption in `[labels]`, "" where the role alone serves.
    """

    role: str
    label: str = ""
    match: Match = "exact"
    _: KW_ONLY
    count: Count = "one"
    within: str = ""
    """Name of the locator, of the same page object, that holds this one."""
    on: tuple[str, ...] = ()
    """Variants of the page that have it; () = all."""
    needs: str = ""
    """Name of the locator without which this one cannot be there (a list's entry, for its buttons)."""
    unless: str = ""
    """Name of the locator that may stand in its place (a button that is pressed already)."""
    level: int | None = None
    words: str = ""
    """The caption itself, where it is data of another part of the target file."""

    @overload
    def __get__(self, place: None, owner: type) -> Self: ...
    @overload
    def __get__(self, place: Place, owner: type) -> Locator: ...
    def __get__(self, place: Place | None, owner: type) -> Self | Locator:
        if place is None:
            return self
        scope = getattr(place, self.within) if self.within else place.root
        return self.inside(scope, place.target)

    def inside(self, scope: Page | Locator, target: Target) -> Locator:
        """The locator within `scope`, wherever the class says that it is."""
        return _locate(self, scope, self.caption(target))

    def caption(self, target: Target) -> str:
        """What the product calls it, or ""."""
        return target.label(self.label) if self.label else self.words

    def wanted(self, target: Target) -> str:
        """What is looked for, in words: role and name."""
        words = self.caption(target)
        return f"{self.role} '{words}'" if words else self.role


class Caption:
    """A text of the product, declared as an attribute of a class; reads as the target file has it.

    `fields` are the names that it may hold in braces, for `str.format`.
    """

    def __init__(self, key: str, *fields: str) -> None:
        self.key = key
        self.fields = fields

    @overload
    def __get__(self, place: None, owner: type) -> Self: ...
    @overload
    def __get__(self, place: Captioned, owner: type) -> str: ...
    def __get__(self, place: Captioned | None, owner: type) -> Self | str:
        return self if place is None else place.target.label(self.key)


class Captioned(Protocol):
    """What a caption needs of the object that declares it."""

    @property
    def target(self) -> Target: ...


def declared(kind: type) -> dict[str, Find]:
    """The locators of a page object's class by name, inherited ones first."""
    return {name: value for name, value in _attributes(kind) if isinstance(value, Find)}


def _attributes(kind: type) -> Iterator[tuple[str, Any]]:
    for ancestor in reversed(kind.__mro__):
        yield from vars(ancestor).items()


def captions(kind: type) -> dict[str, Caption]:
    """The captions of a class by name, inherited ones first."""
    return {name: value for name, value in _attributes(kind) if isinstance(value, Caption)}


def as_pattern(form: str) -> re.Pattern[str]:
    """A regular expression for all that `form` can become once its {fields} are filled in."""
    parts = Formatter().parse(form)
    return re.compile(
        "^"
        + "".join(_literal(text) + ".+" * (field is not None) for text, field, *_ in parts)
        + "$"
    )


def _literal(text: str) -> str:
    return r"\s*".join(map(re.escape, re.split(r"\s+", text)))


def _locate(find: Find, scope: Page | Locator, words: str) -> Locator:
    name = _name(find.match, words)
    exact = find.match == "exact"
    match find.role:
        case "text":
            return scope.get_by_text(name, exact=exact)
        case "field":
            # A button that shows a password may carry the same label as its field.
            return scope.get_by_label(name, exact=exact).and_(scope.locator("input"))
        case "control":
            link = scope.get_by_role("link", name=name, exact=exact)
            return link.or_(scope.get_by_role("button", name=name, exact=exact))
    role: Any = find.role
    if not words:
        return scope.get_by_role(role, level=find.level)
    if find.match == "holds":
        return scope.get_by_role(role).filter(has_text=words)
    return scope.get_by_role(role, name=name, exact=exact, level=find.level)


def _name(match: Match, words: str) -> str | re.Pattern[str]:
    if match == "start":
        return re.compile(f"^{re.escape(words)}")
    if match == "pattern":
        return re.compile(words)
    return as_pattern(words) if match == "format" else words
