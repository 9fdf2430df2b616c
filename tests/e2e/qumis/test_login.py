"""Signing in through the SSO provider, staying signed in, and signing out for good."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

import httpx
import pytest
from playwright.async_api import Page

from fixtures.role_matrix import REPORTS, as_nobody
from fixtures.vault import DOCUMENTS, told
from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.pages.qumis.home import HomePage
from postdeploy.pages.qumis.login import LoginPage
from postdeploy.pages.qumis.shell import Face, Shell
from postdeploy.pages.qumis.signing_in import sign_in
from postdeploy.probes.endpoint import TOO_MANY
from postdeploy.target import Access
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
        other = await _other_tab(flow, page)
        await _signs_out(flow, home, me, step)
    async with flow.check.item("session.logout-clears", expected="401, always") as step:
        await _is_refused(flow, cookie, step)
    async with flow.check.item("session.redirects", expected="the login page, each time") as step:
        await _leads_to_login(flow, home, step)
        await _other_leads_to_login(flow, other, step)


@pytest.mark.prod_smoke
@pytest.mark.writes("sign-out", "document", "report", "job")
@pytest.mark.covers("session.logout-clears")
async def test_ended_session_writes_nothing(flow: Flow) -> None:
    """With the cookie of a session that was signed out, or as a bearer token, nothing is changed, made or ordered."""
    lines = [one for one in flow.environment.role_matrix if one.refused and one.method != "GET"]
    async with flow.check.item("session.logout-clears", expected="401 from each") as step:
        cookie = await _ended_session(flow)
        for how, headers in _carried(flow, cookie).items():
            answers = await asyncio.gather(*(as_nobody(flow, line, headers) for line in lines))
            seen = {f"{li.method} {li.path}": got for li, got in zip(lines, answers, strict=True)}
            step.saw(f"the old {how}: {seen}")
            let_in = [
                f"{line.method} {line.path} {status}"
                for line, status in zip(lines, answers, strict=True)
                if await _lets_in(flow, line, status)
            ]
            assert not let_in, f"signed out, yet the old {how} is answered {let_in}"
            _require_patience(answers)
        if not lines:
            raise ProbeError("the role matrix has no write that is refused to anybody")


async def _ended_session(flow: Flow) -> str:
    """The token of a session that was signed out by the API; what a sign-out by the menu leaves is another check's."""
    client = await flow.client("member", own_session=True)
    cookie = str(client.cookies.get(flow.session.cookie))
    if not flow.session.ends:
        raise ProbeError("the target file's [session] does not say what `ends` one")
    await client.post(flow.session.ends[0])
    client = await flow.client(None)
    client.headers.update(_carried(flow, cookie)["cookie"])
    answer = await client.get(ME)
    if answer.is_success:
        raise ProbeError(
            f"not reached: after POST {flow.session.ends[0]} the session answers {told(answer)}"
        )
    return cookie


async def _lets_in(flow: Flow, line: Access, status: int) -> bool:
    """Whether that answer lets in: who is nobody at all gets another. One that is broken lets nobody in."""
    if httpx.codes.is_success(status):
        return True
    return _is_telling(status) and await as_nobody(flow, line) == httpx.codes.UNAUTHORIZED


def _is_telling(status: int) -> bool:
    """Whether it is said to somebody who is known: not found, not allowed, not understood."""
    neither = (httpx.codes.UNAUTHORIZED, TOO_MANY)
    return httpx.codes.is_client_error(status) and status not in neither


def _require_patience(statuses: Sequence[int]) -> None:
    """Raise ProbeError where the product counts requests, and this run's were too many for it."""
    if TOO_MANY in statuses:
        raise ProbeError(
            "429 (too many requests): whether the old session is refused was not seen",
            mend="Allow the address of this run more requests, or run it again later",
        )


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
    same = me["email"].casefold() == email.casefold()  # some products keep it as it was once typed
    assert same, f"signed in as {me['email']} instead of {email}"
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


def _carried(flow: Flow, token: str) -> Mapping[str, Mapping[str, str]]:
    """The headers of either way in which a token can be carried."""
    return {
        "cookie": {"Cookie": f"{flow.session.cookie}={token}"},
        "bearer token": {"Authorization": f"Bearer {token}"},
    }


async def _is_refused(flow: Flow, cookie: str, step: Step) -> None:
    """By every server there may be, and in either way that a token can be carried."""
    for how, headers in _carried(flow, cookie).items():
        client, statuses = flow.http(headers=headers), list[int]()
        for number in range(1, ASKED + 1):
            response = await client.get(flow.url("api", ME))
            statuses.append(response.status_code)
            step.saw(f"{response.status_code} for the old {how}, request {number} of {ASKED}")
            assert response.status_code in (401, TOO_MANY), (
                f"signed out, yet request {number} with the old {how} is answered {told(response)}"
            )
        let_in = await _let_in_elsewhere(flow, client)
        assert not let_in, f"signed out, yet the old {how} is answered {let_in[0]}"
        _require_patience(statuses)
    step.saw(
        f"401 for the old cookie and bearer token, {ASKED} times each; no other route lets them in"
    )


async def _let_in_elsewhere(flow: Flow, client: httpx.AsyncClient) -> list[str]:
    """The routes that let the client in; one that is silent or broken lets nobody in."""
    asked = [client.get(flow.url("api", path)) for path in _reads(flow) for _ in range(ASKED)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    heard = [one for one in answers if isinstance(one, httpx.Response)]
    known = {str(one.url): one for one in heard if _is_telling(one.status_code)}
    nobody = {url: await flow.http().get(url) for url in known}
    told_more = [known[url] for url, one in nobody.items() if one.status_code == 401]
    return [told(one) for one in (*(one for one in heard if one.is_success), *told_more)]


def _reads(flow: Flow) -> Sequence[str]:
    """What is read with a session; of documents one that there is not: "not found" is said to who is let in."""
    routes = [one.path for one in flow.environment.protected_routes if one.method == "GET"]
    none = f"{DOCUMENTS}/{flow.run_id}-none"
    return [*routes, REPORTS, f"{none}/content", f"{none}/pages"]


async def _other_tab(flow: Flow, page: Page) -> HomePage:
    """The same person's home page in another tab, opened while the session is alive."""
    tab = await page.context.new_page()
    tab.set_default_timeout(flow.environment.bounds.page_seconds * 1000)
    other = HomePage(tab, flow.target)
    await other.go("/")
    await other.settled()
    return other


async def _other_leads_to_login(flow: Flow, other: HomePage, step: Step) -> None:
    """What is pressed in the tab that was open before, if it has not left by itself."""
    heading = LoginPage(other.page, flow.target).heading
    await other.documents_link.or_(heading).first.click()
    await until(
        other.face,
        lambda face: face.path == flow.session.login_path,
        what="Documents, pressed in a tab from before, leads to the login page",
        seconds=flow.environment.bounds.page_seconds,
        every=0.2,
    )
    _is_login(flow, other, await other.settled(), step)


async def _leads_to_login(flow: Flow, shell: Shell, step: Step) -> None:
    """Every page that the target names needs a session: home, the deep links, and those behind the tiles."""
    links = [link.path for link in flow.environment.links.values()]
    tiles = [tile.path for tile in flow.environment.tiles.values() if tile.path]
    pages = tuple(dict.fromkeys(("/", *links, *tiles)))
    for path in pages:
        await shell.go(path)
        _is_login(flow, shell, await shell.settled(), step)
    step.saw(f"the login page from each of {len(pages)} pages")
