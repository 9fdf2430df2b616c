"""Faults of health endpoints, of what stands at their address, and of the version that answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from sandbox.systems.faults import answers
from sandbox.systems.faults.base import SystemFault

if TYPE_CHECKING:
    from sandbox.systems.world import SystemWorld

PREVIOUS_RELEASE = "2026.11.2-9d03c7e"
# Above the two seconds of the strictest of the systems, and the three of the others.
_SLOW = 3.6
_NEVER = 3600.0
_LATER = 3.0


@dataclass(frozen=True)
class Probe:
    """A health endpoint: its short name, where it is, and an answer of 200 that tells of trouble."""

    short: str
    origins: tuple[str, ...]
    path: str
    trouble: Response


def of_probe(system: str, probe: Probe) -> tuple[SystemFault, ...]:
    """What can be wrong with one health endpoint."""
    at, where = (probe.origins, probe.path), f"{system}.{probe.short}"
    unavailable = PlainTextResponse("upstream connect error", status_code=503)
    return (
        SystemFault(
            f"{where}-503", f"{probe.path} answers 503", answers.answered(*at, unavailable)
        ),
        SystemFault(
            f"{where}-trouble-in-200",
            f"{probe.path} answers 200, and its body tells of trouble",
            answers.answered(*at, probe.trouble),
        ),
        SystemFault(
            f"{where}-html",
            f"{probe.path} answers 200 with an HTML page",
            answers.answered(*at, answers.page()),
        ),
        SystemFault(
            f"{where}-slow",
            f"{probe.path} takes {_SLOW} seconds",
            answers.delayed(*at, every=1, seconds=_SLOW),
        ),
    )


def of_tail(system: str, probe: Probe) -> tuple[SystemFault, ...]:
    """What a single look at a health endpoint misses."""
    at, where = (probe.origins, probe.path), f"{system}.{probe.short}"
    return (
        SystemFault(
            f"{where}-slow-tail",
            f"Every fourth answer of {probe.path} takes {_SLOW} seconds",
            answers.delayed(*at, every=4, seconds=_SLOW),
        ),
        SystemFault(
            f"{where}-hangs",
            f"Every fifth look at {probe.path} is never answered",
            answers.delayed(*at, every=5, seconds=_NEVER),
        ),
        SystemFault(
            f"{where}-fails-later",
            f"{probe.path} answers 503 from {_LATER:g} seconds after the first look on",
            answers.answered_later(*at, PlainTextResponse("no healthy upstream", 503), _LATER),
        ),
        SystemFault(
            f"{where}-hangs-once",
            f"The first look at {probe.path} is never answered, and all later ones are",
            answers.delayed_once(*at, seconds=_NEVER),
        ),
    )


def of_reach(system: str, *origins: str) -> tuple[SystemFault, ...]:
    """What is wrong with the host itself, and with what it serves."""
    return (
        SystemFault(
            f"{system}.refuses-connections",
            "Nothing listens at the address of the product",
            answers.closed(*origins),
        ),
    )


def of_release(system: str) -> tuple[SystemFault, ...]:
    """What is wrong with the version that answers."""

    def apply(world: SystemWorld) -> None:
        world.api_version = PREVIOUS_RELEASE

    title = "The API that answers is of the release before"
    return (SystemFault(f"{system}.release-previous", title, apply),)
