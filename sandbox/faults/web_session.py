"""Faults of signing in and out, and of who is shown what."""

from __future__ import annotations

from typing import ClassVar

from sandbox.faults.web_change import Change, WebChangeFault


class LogoutForgetsPageOnly(WebChangeFault):
    id: ClassVar[str] = "web.logout-forgets-page-only"
    title: ClassVar[str] = "Signing out leads to the login page but does not end the session"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "api.js",
            (
                '  await send(`${config.api}/auth/logout`, { method: "POST", '
                'credentials: "include" });\n'
            ),
            "",
        ),
    )


class LogoutStays(WebChangeFault):
    id: ClassVar[str] = "web.logout-stays"
    title: ClassVar[str] = "Signing out ends the session but stays on the page"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("api.js", '  location.assign("/login");\n', ""),
    )


class LoginDead(WebChangeFault):
    id: ClassVar[str] = "web.login-dead"
    title: ClassVar[str] = "Continue with SSO leads nowhere"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/login.js",
            'class: "button primary", href }',
            'class: "button primary", href: "#" }',
        ),
    )


class ReloadSignsOut(WebChangeFault):
    id: ClassVar[str] = "web.reload-signs-out"
    title: ClassVar[str] = "After a reload people are sent to the login page"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "session.js",
            "route.open || config.hasSession",
            (
                "route.open || (config.hasSession && "
                'performance.getEntriesByType("navigation")[0]?.type !== "reload")'
            ),
        ),
    )


class ProtectedPageOpen(WebChangeFault):
    id: ClassVar[str] = "web.protected-page-open"
    title: ClassVar[str] = "A protected page is shown to people without a session"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("session.js", "route.open || config.hasSession", "true"),
        Change(
            "session.js",
            'call("me")',
            (
                'call("me").catch(() => ({ email: "guest", name: "Guest", '
                'first_name: "Guest", role: "member", organisation: "" }))'
            ),
        ),
        Change("api.js", "  if (response.status === 401) return leaveForLogin();\n", ""),
    )


class OtherTabStays(WebChangeFault):
    id: ClassVar[str] = "web.other-tab-stays"
    title: ClassVar[str] = "A tab that was open before signing out does not lead to the login page"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("api.js", "  if (response.status === 401) return leaveForLogin();\n", ""),
    )


class LegalSearchOpen(WebChangeFault):
    id: ClassVar[str] = "web.legal-search-open"
    title: ClassVar[str] = "Legal Search is shown to people without a session"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "routes.js",
            'import("./pages/legal-search.js") }',
            'import("./pages/legal-search.js"), open: true }',
        ),
    )


class AdministrationForMembers(WebChangeFault):
    id: ClassVar[str] = "web.administration-for-members"
    title: ClassVar[str] = "Members are offered Administration and see its page"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("session.js", 'person.role === "admin"', 'person.role !== "viewer"'),
    )


class ViewerMayWrite(WebChangeFault):
    id: ClassVar[str] = "web.viewer-may-write"
    title: ClassVar[str] = "Viewers are offered uploading, changing and reports"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("session.js", 'person.role !== "viewer"', "Boolean(person.role)"),
    )


class LoginSlow(WebChangeFault):
    id: ClassVar[str] = "web.login-slow"
    title: ClassVar[str] = "The login page takes four seconds to appear, which is slow but right"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/login.js",
            "export default function login({ main, query }) {",
            (
                "export default async function login({ main, query }) {\n"
                "  await new Promise((resolve) => setTimeout(resolve, 4000));"
            ),
        ),
    )
