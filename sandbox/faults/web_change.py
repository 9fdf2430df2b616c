"""Faults that lie in a text which the web application serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class Change(NamedTuple):
    """In one web module (`pages/home.js`), `new` is served wherever `old` stands."""

    module: str
    old: str
    new: str


class WebChangeFault(Fault):
    """Serves some web modules with changes in them; derive from it and name the `changes`."""

    changes: ClassVar[tuple[Change, ...]]

    def apply(self, world: World) -> None:
        """Make every change; raises ValueError when a module no longer holds what is replaced."""
        for change in self.changes:
            world.web.replace(*change)
