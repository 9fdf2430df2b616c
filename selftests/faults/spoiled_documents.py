"""A pytest plugin that spoils sample documents as they are made: a fault of the suite's own side.

`SPOILED_DOCUMENTS` names what is spoiled, and how: `policy=unreadable,binder=figure`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Put the spoiler between the suite and its documents."""
    vault: Any = importlib.import_module("fixtures.vault")
    asked = dict(part.split("=") for part in os.environ["SPOILED_DOCUMENTS"].split(","))
    original = vault.make_document

    def spoiled(kind: Any, *arguments: Any) -> Any:
        document = original(kind, *arguments)
        if kind in asked:
            document.path.write_bytes(SPOILERS[asked[kind]](document))
        return document

    vault.make_document = spoiled


def unreadable(document: Any) -> bytes:
    """What is left of a file whose writing broke off."""
    content: bytes = document.path.read_bytes()
    return content[:200]


def another_figure(document: Any) -> bytes:
    """The same document with one limit that is not among its facts."""
    from fixtures.documents.pdf import render

    limits = dict(document.facts.limits)
    name = next(iter(limits))
    return render(replace(document.facts, limits={**limits, name: limits[name] + 1000}))


SPOILERS: dict[str, Callable[[Any], bytes]] = {
    "unreadable": unreadable,
    "figure": another_figure,
}
