"""The systems that the stand-in can stand in for; each knows itself from nowhere but here."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.systems.world import System

QUMIS = "qumis"
OTHERS = ("lexiscan", "balancer", "flight-rescheduler", "qivr")
NAMES = (QUMIS, *OTHERS)


class UnknownSystemError(Exception):
    """There is no stand-in for this system; the message offers the nearest."""


def known(name: str) -> str:
    """The name, if it is one; raises UnknownSystemError with the nearest one if not."""
    if name in NAMES:
        return name
    near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(NAMES)}."
    raise UnknownSystemError(f"There is no system {name!r}. {hint}")


def load(name: str) -> System:
    """One of the systems beside Qumis; only its own modules are imported."""
    module = importlib.import_module(f"sandbox.systems.{name.replace('-', '_')}_api")
    found: System = module.SYSTEM
    return found
