"""What a fault is, and where all of them are found."""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from sandbox.world import World


class Fault(ABC):
    """Breaks one thing in a world before it is served.

    To add one, derive from this in any module of this package, name an `id` (`theme.what`) and a
    `title` that says what is wrong, and change the world in `apply`.
    """

    id: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def apply(self, world: World) -> None:
        """Break it."""


class UnknownFaultError(Exception):
    """No fault has this id; the message offers the nearest."""


def put(service: object, method: str, replacement: Callable[..., Any]) -> None:
    """Let one method of one service be another; AttributeError if the service has no such method."""
    if not callable(getattr(service, method)):
        raise TypeError(f"{method} of {service!r} is not a method")
    setattr(service, method, replacement)


def wrap(service: object, method: str, around: Callable[..., Any]) -> None:
    """Put `around(original, *arguments)` in the place of one method of one service.

    Raises AttributeError if the service has no such method.
    """
    put(service, method, functools.partial(around, getattr(service, method)))


def known_faults() -> list[type[Fault]]:
    """Every fault of every module of this package, by id."""
    package = importlib.import_module("sandbox.faults")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return sorted(_below(Fault.__subclasses__()), key=lambda fault: fault.id)


def _below(classes: list[type[Fault]]) -> list[type[Fault]]:
    """These classes and all derived from them, as far as they have an id of their own."""
    found = [fault for fault in classes if "id" in vars(fault)]
    for fault in classes:
        found += _below(fault.__subclasses__())
    return found


def find_fault(fault_id: str) -> type[Fault]:
    """The fault of this id; raises UnknownFaultError with the nearest name."""
    faults = {fault.id: fault for fault in known_faults()}
    if fault_id not in faults:
        raise unknown_fault(fault_id, faults)
    return faults[fault_id]


def unknown_fault(fault_id: str, known: Iterable[str]) -> UnknownFaultError:
    """The error about an id that none of the known ones is, with the nearest of them."""
    near = difflib.get_close_matches(fault_id, list(known), n=1, cutoff=0.6)
    hint = f" Did you mean {near[0]!r}?" if near else " See --list-faults."
    return UnknownFaultError(f"There is no fault {fault_id!r}.{hint}")
