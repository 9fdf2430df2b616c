"""Signing in through the SSO provider, staying signed in, and signing out for good."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from playwright.async_api import Page

from fixtures.vault import told
from postdeploy.check import Step
from postdeploy.flow import Flow
from postdeploy.pages.qumis.home import HomePage
from postdeploy.pages.qumis.login import LoginPage
from postdeploy.pages.qumis.shell import Face, Shell
from postdeploy.pages.qumis.signing_in import sign_in
from postdeploy.waiting import until

ME = "/api/v1/me"
TRIES = 3
ASKED = 6
"""How often a route is asked with an ended session: one server of several may still know it."""


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.writes("sign-in", "sign-out")
@pytest.mark.covers(
    "login.sso", "login.persists", "login.logout", "session.logout-clears", "session.redirects"
)
async def test_signing_in_and_out(flow: Flow) -> None:
    """Signing in leads home, a reload keeps the session, and signing out ends it everywhere."""
    async with flow.check.gate("login.sso", expected="signed in, and greeted by name") as step:
        page = await _signed_in(flow, step)
        cookie = await _cookie(flow, page)
        me = await _me(flow, cookie)
        home = HomePage(page, flow.target)
        await _greets(home, me, step)
    async with flow.check.item("login.persists", expected="the same person after a reload") as step:
        await home.reload()
        await _greets(home, me, step)
        await home.go("/")  # a session may also be lost after a few requests
        await _greets(home, me, step)
    async with flow.check.gate("login.logout", expected="the login page") as step:
        await _signs_out(flow, home, me, step)
    async with flow.check.item("session.logout-clears", expected="401, always") as step:
        await _is_refused(flow, cookie, step)
    async with flow.check.item("session.redirects", expected="the login page, each time") as step:
        await _leads_to_login(flow, home, step)


async def _signed_in(flow: Flow, step: Step) -> Page:
    """Up to three fresh sign-ins, each told; the last failure is raised when none succeeds."""
    person = flow.person("member", own=True)  # some products end all sessions of who signs out
    secrets = (person.password.get_secret_value(), person.totp_secret.get_secret_value())
    failures: list[str] = []
    while len(failures) < TRIES:
        page = await flow.page(None, signs_in=True)
        number = len(failures) + 1
        try:
            await sign_in(page, flow.target, person.email, *secrets)
        except AssertionError as failure:
            failures.append(f"try {number}: {failure}")
            step.show(f"Sign-in, try {number} of {TRIES}", str(failure))
            continue
        step.show(f"Sign-in, try {number} of {TRIES}", "signed in")
        await flow.record(page)
        if failures:
            step.note = f"signed in at try {number} only; " + "; ".join(failures)
        return page
    raise AssertionError(f"no sign-in out of {TRIES} succeeded: " + "; ".join(failures))


async def _me(flow: Flow, cookie: str) -> dict[str, str]:
    """Who the API says is signed in with that cookie."""
    client = flow.http(headers={"Cookie": f"{flow.session.cookie}={cookie}"})
    response = await client.get(flow.url("api", ME))
    assert response.status_code == 200, f"signed in, yet the API answers {told(response)}"
    me: dict[str, str] = response.json()
    email = flow.person("member", own=True).email
    assert me["email"] == email, f"signed in as {me['email']} instead of {email}"
    nameless = [field for field in ("name", "first_name") if not me.get(field)]
    assert not nameless, f"signed in as somebody without {' and '.join(nameless)}"
    return me


async def _greets(home: HomePage, me: dict[str, str], step: Step) -> None:
    face = await home.settled()
    step.saw(f"{face.path} with heading {face.heading!r}")
    assert face.path == "/", f"the page is {face.path}"
    assert await home.greeting.is_visible(), f"the heading is {face.heading!r}"
    name = re.compile(rf"(?<!\w){re.escape(me['first_name'])}(?!\w)")
    assert name.search(face.heading), f"the greeting is {face.heading!r}"


async def _cookie(flow: Flow, page: Page) -> str:
    """The session cookie as a thief would have kept it."""
    cookies = await page.context.cookies(flow.url("api"))
    kept = [c for c in cookies if c.get("name") == flow.session.cookie]
    assert kept, f"signing in set no cookie named {flow.session.cookie!r}"
    value = str(kept[0].get("value"))
    flow.run.redactor.learn(value, "session cookie")
    return value


def _is_login(flow: Flow, shell: Shell, face: Face, step: Step) -> None:
    """The login page, by its address and by its heading."""
    step.saw(f"{face.path} with heading {face.heading!r}")
    heading = LoginPage(shell.page, flow.target).heading_words
    where = f"{face.path} shows {face.heading!r} instead of the login page"
    assert (face.path, face.heading) == (flow.session.login_path, heading), where


async def _signs_out(flow: Flow, home: HomePage, me: dict[str, str], step: Step) -> None:
    await home.go("/")
    await _greets(home, me, step)
    await home.sign_out(me["name"])
    await until(
        home.face,
        lambda face: face.path == flow.session.login_path,
        what="signing out leads to the login page",
        seconds=flow.environment.bounds.page_seconds,
        every=0.2,
    )
    _is_login(flow, home, await home.settled(), step)


async def _is_refused(flow: Flow, cookie: str, step: Step) -> None:
    """By every server there may be, and in either way that a token can be carried."""
    kept = {
        "cookie": {"Cookie": f"{flow.session.cookie}={cookie}"},
        "bearer token": {"Authorization": f"Bearer {cookie}"},
    }
    for how, headers in kept.items():
        client = flow.http(headers=headers)
        for number in range(1, ASKED + 1):
            response = await client.get(flow.url("api", ME))
            step.saw(f"{response.status_code} for the old {how}, request {number} of {ASKED}")
            assert response.status_code == 401, (
                f"signed out, yet request {number} with the old {how} is answered {told(response)}"
            )
        let_in = await _let_in_elsewhere(flow, client)
        assert not let_in, f"signed out, yet the old {how} is answered {let_in[0]}"
    step.saw(
        f"401 for the old cookie and bearer token, {ASKED} times each; no other route lets them in"
    )


async def _let_in_elsewhere(flow: Flow, client: httpx.AsyncClient) -> list[str]:
    """The protected routes that let the client in; one that is silent or broken lets nobody in."""
    routes = [route for route in flow.environment.protected_routes if route.method == "GET"]
    asked = [client.get(flow.url("api", route.path)) for route in routes for _ in range(ASKED)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    return [told(one) for one in answers if isinstance(one, httpx.Response) and one.is_success]


async def _leads_to_login(flow: Flow, shell: Shell, step: Step) -> None:
    """Every page that the target names as a deep link needs a session."""
    for link in flow.environment.links.values():
        await shell.go(link.path)
        _is_login(flow, shell, await shell.settled(), step)
    step.saw(f"the login page from each of {len(flow.environment.links)} pages")
