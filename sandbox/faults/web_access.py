"""Faults of the pages' own guards, and of leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.faults.base import Fault
from sandbox.faults.web_change import Change, WebChangeFault

if TYPE_CHECKING:
    from sandbox.world import World


class HomeServerError(Fault):
    """A server that cannot render its first page."""

    id = "web.home-500"
    title = "A full load of the home page answers 500"

    def apply(self, world: World) -> None:
        world.web.answer("/", 500, "Internal Server Error")


class LogoutDead(WebChangeFault):
    """A menu that looks right."""

    id = "web.logout-dead"
    title = "Sign out does nothing at all"
    changes = (Change("header.js", 'role: "menuitem", onClick: signOut', 'role: "menuitem"'),)


class ProtectedPageBlank(WebChangeFault):
    """A guard that turns away and leads nowhere."""

    id = "web.protected-page-blank"
    title = "Without a session protected pages stay empty and do not lead to the login page"
    changes = (
        Change(
            "router.js",
            "if (!mayEnter(route)) return leaveForLogin();",
            "if (!mayEnter(route)) return;",
        ),
    )


class AdministrationByUrl(WebChangeFault):
    """A link that is hidden, and a page that is not guarded."""

    id = "web.administration-by-url"
    title = "The Administration page opens for everyone who knows its address"
    changes = (Change("pages/admin.js", "if (!isAdmin(view.me)) return refuse(view);", ""),)


class AdministrationNotOffered(WebChangeFault):
    """A page that can be reached by its address only."""

    id = "web.administration-not-offered"
    title = "Administrators are not offered Administration"
    changes = (Change("header.js", "isAdmin(person) ? [...LINKS, ADMIN_LINK] : LINKS", "LINKS"),)


class ViewerIsOfferedUploads(WebChangeFault):
    """One of several places where a role is asked for."""

    id = "web.viewer-may-upload"
    title = "Viewers are offered the upload field"
    changes = (
        Change(
            "pages/documents.js",
            'vault.key === "trash" || !mayWrite(view.me)',
            'vault.key === "trash"',
        ),
    )


class ViewerMayGenerate(WebChangeFault):
    """Another of several places where a role is asked for."""

    id = "web.viewer-may-generate"
    title = "Viewers may press Generate on the report pages"
    changes = (
        Change(
            "pages/generate.js",
            "button.disabled = !mayWrite(view.me) || !form",
            "button.disabled = !form",
        ),
    )


class HomeKeepsSessionAlive(WebChangeFault):
    """Asking for news is taken for somebody's work."""

    id = "web.home-keeps-session-alive"
    title = "An open page asks for its news every second, so that its session never idles"
    changes = (
        Change(
            "main.js", "start();", 'start();\nsetInterval(() => call("recent?kind=reports"), 1000);'
        ),
        Change("main.js", "// Where", 'import { call } from "./api.js";\n// Where'),
    )
