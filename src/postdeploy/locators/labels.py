"""Compares the captions that a system's pages need with those that its target file gives."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from types import ModuleType
from typing import TYPE_CHECKING

from postdeploy.errors import ConfigError, Problem, nearest
from postdeploy.locators.declaration import captions, declared

if TYPE_CHECKING:
    from postdeploy.target import Target

_PACKAGE = "postdeploy.pages"


@dataclass(frozen=True)
class Need:
    """A caption that a page object needs: its key, who needs it, and what it may hold."""

    key: str
    page: str
    pattern: bool = False
    fields: tuple[str, ...] | None = None
    """Names that may stand in braces; None where braces are what they are."""


def needs(pages: str) -> tuple[Need, ...]:
    """Every caption that the page objects of a package under postdeploy.pages need.

    Raises ConfigError for a package that is not there.
    """
    if not pages:
        return ()
    package = _import(pages)
    modules = [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]
    return tuple(dict.fromkeys(need for module in modules for need in _of_module(module)))


def label_problems(target: Target) -> list[Problem]:
    """What is wrong with a target's captions: missing, needed by no page, or not as they must be."""
    try:
        needed = needs(target.environment.pages)
    except ConfigError as error:
        return list(error.problems)
    given = target.environment.labels
    return [
        *(_missing(target, need) for need in _first(needed) if need.key not in given),
        *_unused(target, {need.key for need in needed}),
        *(problem for need in needed if need.key in given for problem in _odd(target, need)),
    ]


def _import(pages: str) -> ModuleType:
    packages = importlib.import_module(_PACKAGE)
    known = [module.name for module in pkgutil.iter_modules(packages.__path__)]
    if pages not in known:
        hint = nearest(pages, known)
        what = f"{_PACKAGE} has no package {pages!r}"
        raise ConfigError([Problem("the key pages of the target file", what, hint)])
    return importlib.import_module(f"{_PACKAGE}.{pages}")


def _of_module(module: ModuleType) -> Iterator[Need]:
    for kind in vars(module).values():
        if isinstance(kind, type) and kind.__module__ == module.__name__:
            yield from _of_class(kind)


def _of_class(kind: type) -> Iterator[Need]:
    for find in declared(kind).values():
        if find.label:
            fields = None if find.match != "format" else _any_field(kind, find.label)
            yield Need(find.label, kind.__name__, find.match == "pattern", fields)
    for caption in captions(kind).values():
        yield Need(caption.key, kind.__name__, fields=caption.fields or None)


def _any_field(kind: type, key: str) -> tuple[str, ...] | None:
    """The fields of a form are told by the caption with the same key, which fills them in."""
    return next((c.fields for c in captions(kind).values() if c.key == key), None)


def _first(needed: tuple[Need, ...]) -> Iterator[Need]:
    seen: set[str] = set()
    for need in needed:
        if need.key not in seen:
            seen.add(need.key)
            yield need


def _where(target: Target) -> str:
    return f"{target.file}, labels of {target.name}"


def _missing(target: Target, need: Need) -> Problem:
    unused = set(target.environment.labels) - {one.key for one in needs(target.environment.pages)}
    hint = nearest(need.key, unused) if unused else ""
    what = f"{need.key!r} is missing, which {need.page} needs"
    return Problem(_where(target), what, hint or "Add it under [defaults.labels]")


def _unused(target: Target, needed: set[str]) -> Iterator[Problem]:
    for key in target.environment.labels:
        if key not in needed:
            hint = nearest(key, needed - set(target.environment.labels)) or nearest(key, needed)
            yield Problem(_where(target), f"no page uses {key!r}", hint or "Take it out")


def _odd(target: Target, need: Need) -> Iterator[Problem]:
    words, where = target.environment.labels[need.key], f"{_where(target)} {need.key}"
    if not words.strip():
        yield Problem(where, "is empty", "Write what the page shows")
    elif need.pattern and (trouble := _no_pattern(words)):
        yield Problem(where, f"is no regular expression: {trouble}", "Mend it")
    elif need.fields is not None and (trouble := _no_form(words, need.fields)):
        known = ", ".join(f"{{{field}}}" for field in need.fields)
        yield Problem(where, trouble, f"It may hold {known}; a brace itself is written twice")


def _no_pattern(words: str) -> str:
    try:
        re.compile(words)
    except re.error as error:
        return str(error)
    return ""


def _no_form(words: str, fields: tuple[str, ...]) -> str:
    try:
        held = [field for _, field, *_ in Formatter().parse(words) if field is not None]
    except ValueError as error:
        return str(error)
    strangers = [field for field in held if field not in fields]
    return f"nothing fills in {{{strangers[0]}}}" if strangers else ""
