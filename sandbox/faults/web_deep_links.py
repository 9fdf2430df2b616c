"""Faults of single deep links: a full load that the server refuses, and a page that is another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.faults.base import Fault
from sandbox.faults.web_change import Change, WebChangeFault

if TYPE_CHECKING:
    from sandbox.world import World

LINKS = (
    "single-policy-analysis",
    "claim-coverage",
    "coverage-checklist",
    "documents",
    "chat",
)


class FullLoadRefused(Fault):
    """A server that knows `/` only; inner links need it no more and work."""

    path: str

    def apply(self, world: World) -> None:
        """Answer the path as a proxy without a rule for it does."""
        world.web.answer(self.path, 404, "404 page not found")


def _refused(link: str) -> type[Fault]:
    attributes: dict[str, Any] = {
        "id": f"web.link-{link}-404",
        "title": f"A full load of /{link} answers 404, though inner links work",
        "path": f"/{link}",
        "__module__": __name__,
    }
    return type(f"Refused_{link}", (FullLoadRefused,), attributes)


FAULTS = tuple(_refused(link) for link in LINKS)


class ContractsRefused(FullLoadRefused):
    """A page that only a tile leads to, and that a reload loses."""

    id = "web.page-contracts-404"
    title = "A full load of /contracts answers 404, though its tile leads there"
    path = "/contracts"


class ComparisonIsAnalysis(WebChangeFault):
    """Two routes that have been mixed up: a page comes, and it is a neighbour's."""

    id = "web.link-policy-comparison-other"
    title = "The deep link /policy-comparison shows the page of the single policy analysis"
    changes = (
        Change(
            "routes.js",
            "{ path: /^\\/(?<form>policy-comparison)$/, load: generate }",
            "{ path: /^\\/policy-comparison$/,"
            " load: async () => ({ default: async (view) => (await generate()).default("
            '{ ...view, params: { form: "single-policy-analysis" } }) }) }',
        ),
    )
