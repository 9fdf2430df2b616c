"""Faults of addresses: deep links that fail, health and version of the web service."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.faults.base import Fault
from sandbox.faults.web_change import Change, WebChangeFault

if TYPE_CHECKING:
    from sandbox.world import World


class DeepLinkChecklistGone(WebChangeFault):
    id: ClassVar[str] = "web.link-coverage-checklist-gone"
    title: ClassVar[str] = "The deep link /coverage-checklist answers 200 and says Page not found"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("routes.js", "(?<form>coverage-checklist)", "(?<form>coverage-table)"),
    )


class DeepLinkChatGone(WebChangeFault):
    id: ClassVar[str] = "web.link-chat-gone"
    title: ClassVar[str] = "The deep link /chat answers 200 and says Page not found"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("routes.js", "path: /^\\/chat$/", "path: /^\\/conversations$/"),
    )


class DeepLinkAnalysisGone(WebChangeFault):
    id: ClassVar[str] = "web.link-single-policy-analysis-gone"
    title: ClassVar[str] = (
        "The deep link /single-policy-analysis answers 200 and says Page not found"
    )
    changes: ClassVar[tuple[Change, ...]] = (
        Change("routes.js", "(?<form>single-policy-analysis)", "(?<form>policy-analysis)"),
    )


class DeepLinkDocumentsGone(WebChangeFault):
    id: ClassVar[str] = "web.link-documents-gone"
    title: ClassVar[str] = "The deep link /documents answers 200 and says Page not found"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("routes.js", "path: /^\\/documents$/", "path: /^\\/vault$/"),
    )


class DeepLinkClaimShowsHome(WebChangeFault):
    id: ClassVar[str] = "web.link-claim-coverage-shows-home"
    title: ClassVar[str] = "The deep link /claim-coverage shows the home page"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "routes.js",
            "{ path: /^\\/(?<form>claim-coverage)$/, load: generate }",
            '{ path: /^\\/claim-coverage$/, load: () => import("./pages/home.js") }',
        ),
    )


class DeepLinkComparison404(Fault):
    id: ClassVar[str] = "web.link-policy-comparison-404"
    title: ClassVar[str] = "A full load of /policy-comparison answers 404, though inner links work"

    def apply(self, world: World) -> None:
        world.web.answer("/policy-comparison", 404, "404 page not found")


class WebHealth502(Fault):
    id: ClassVar[str] = "web.health-502"
    title: ClassVar[str] = "The health endpoint of the web service answers 502"

    def apply(self, world: World) -> None:
        world.web.answer("/health", 502, "Bad Gateway")


class WebHealthIsShell(Fault):
    id: ClassVar[str] = "web.health-is-a-page"
    title: ClassVar[str] = (
        "The health endpoint of the web service answers 200 with the application's page"
    )

    def apply(self, world: World) -> None:
        world.web.answer("/health", 200, "<!doctype html><title>Qumis</title>", "text/html")


class WebVersionStale(Fault):
    id: ClassVar[str] = "web.version-stale"
    title: ClassVar[str] = "The web service is of another version than the one deployed"

    def apply(self, world: World) -> None:
        world.web.answer(
            "/version.json", 200, '{"version": "2026.10.9-0badc0d"}', "application/json"
        )
