"""A session that checks share cannot be ended by one of them; who has to, gets a session and a person of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from postdeploy.browser import BrowserRoom
from postdeploy.errors import Unreachable
from postdeploy.flow import Flow
from postdeploy.launching import BrowserOptions, find_browser
from postdeploy.leases import Desk, People
from postdeploy.own_session import SharedSession
from postdeploy.pages.qumis.shell import Shell
from postdeploy.run import Run
from postdeploy.settings import Person, Settings
from postdeploy.target import Environment, Session, Writes
from selftests.plugin.product import closed_port
from selftests.unit.small_runs import make_run

ROOT = Path(__file__).resolve().parents[2]
SHELL = """<header role="banner"><button>Mia Member</button>
<div role="menuitem" onclick="document.title = 'signed out'">Sign out</div></header>"""

Work = Callable[[Run], Awaitable[None]]


def members(count: int) -> Settings:
    secret = SecretStr("secret")
    pool = [Person("member", f"m{n + 1}@x.example", secret, secret, n + 1) for n in range(count)]
    return Settings({"member": pool}, {})


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who signed in, in turn; the session's cookie is then the person's address and a number."""
    came: list[str] = []

    async def sign_in(room: BrowserRoom, flow: Flow, person: Person) -> Mapping[str, Any]:
        del room, flow
        came.append(person.email)
        cookie = {"name": "demo", "value": f"{person.email} {len(came)}", "path": "/"}
        return {"cookies": [cookie | {"domain": "127.0.0.1"}], "origins": []}

    monkeypatch.setattr(BrowserRoom, "_sign_in_once", sign_in)
    return came


def scene(folder: Path, pool: int, work: Work) -> None:
    """A run whose process works as the first member of the pool."""
    environment = Environment(
        urls={"api": closed_port()},
        session=Session(cookie="demo", ends=("/auth/logout",)),
        writes={"sign-out": Writes(requests=("POST /auth/logout",))},
        labels={"menu.sign-out": "Sign out"},
    )

    async def play() -> None:
        run = make_run(folder, environment)
        run.browser = BrowserRoom(run, BrowserOptions(), find_browser(None, ROOT))
        settings = members(pool)
        desk = Desk(folder, run.target, settings)
        run.people = People({"member": settings.person("member")}, desk)
        try:
            await work(run)
        finally:
            await run.close()

    asyncio.run(play())


def check(run: Run, title: str = "check") -> Flow:
    return run.flow((), title, lambda _: None, frozenset({"sign-out"}))


def test_signing_out_with_the_shared_session_is_refused(
    tmp_path: Path, signed_in: list[str]
) -> None:
    if find_browser(None, ROOT) is None:
        pytest.skip("this machine has no browser of its own")

    async def work(run: Run) -> None:
        flow = check(run)
        shared, own = await flow.page("member"), await flow.page("member", own_session=True)
        for page in (shared, own):
            await page.set_content(SHELL)
        with pytest.raises(SharedSession, match="signing out would end the session as member"):
            await Shell(shared, run.target).sign_out("Mia Member")
        await Shell(own, run.target).sign_out("Mia Member")
        assert [await page.title() for page in (shared, own)] == ["", "signed out"]
        await flow.close()

    scene(tmp_path, 2, work)
    assert signed_in == ["m1@x.example", "m2@x.example"]


def test_ending_the_shared_session_over_http_is_refused_before_it_is_sent(
    tmp_path: Path, signed_in: list[str]
) -> None:
    async def work(run: Run) -> None:
        flow = check(run)
        shared = await flow.client("member")
        own = await flow.client("member", own_session=True)
        with pytest.raises(SharedSession, match="POST /auth/logout would end the session"):
            await shared.post("/auth/logout")
        with pytest.raises(Unreachable):  # nobody answers here, but it was sent
            await own.post("/auth/logout")
        with pytest.raises(Unreachable):
            await shared.get("/api/v1/me")
        await flow.close()

    scene(tmp_path, 1, work)
    assert signed_in == ["m1@x.example"] * 2


def test_checks_share_one_session_and_an_own_one_is_never_that(
    tmp_path: Path, signed_in: list[str]
) -> None:
    async def work(run: Run) -> None:
        one, two = check(run, "one"), check(run, "two")
        shared = [await flow.session_cookie("member") for flow in (one, two)]
        own = [await flow.session_cookie("member", own=True) for flow in (one, two)]
        assert len(set(shared)) == 1
        assert len({*shared, *own}) == 3

    scene(tmp_path, 1, work)
    assert signed_in == ["m1@x.example"] * 3


def test_two_checks_that_end_their_sessions_are_two_people(
    tmp_path: Path, signed_in: list[str]
) -> None:
    """Some products end all sessions of a person who signs out."""
    del signed_in

    async def work(run: Run) -> None:
        one, two, three = (check(run, name) for name in ("one", "two", "three"))
        assert one.person("member").number == 1
        assert [flow.person("member", own=True).number for flow in (one, two)] == [2, 3]
        assert one.person("member", own=True).number == 2, "the same as long as the check lasts"
        assert three.person("member", own=True).number == 1, "nobody is left"
        await one.close()
        assert check(run, "four").person("member", own=True).number == 2

    scene(tmp_path, 3, work)
