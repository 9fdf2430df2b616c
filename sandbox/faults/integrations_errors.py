"""Faults of the errors that the API handles, tells, and reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.faults.base import Fault, wrap
from sandbox.product.errors import InvalidError
from sandbox.product.search_index import Hit

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World

Search = Callable[..., list[Hit]]


class ErrorUnhandled(Fault):
    """An error path that nobody ever took."""

    id = "integrations.error-unhandled"
    title = "A search with an unknown type ends with 500 and a stack trace"

    def apply(self, world: World) -> None:
        def crash(original: Search, *asked: str | Person) -> list[Hit]:
            try:
                return original(*asked)
            except InvalidError as error:
                raise KeyError("type") from error

        wrap(world.index, "search", crash)


class ErrorSwallowed(Fault):
    """An error that is neither told nor reported."""

    id = "integrations.error-swallowed"
    title = "A search with an unknown type answers 200, with nothing found"

    def apply(self, world: World) -> None:
        def swallow(original: Search, *asked: str | Person) -> list[Hit]:
            try:
                return original(*asked)
            except InvalidError:
                return []

        wrap(world.index, "search", swallow)
