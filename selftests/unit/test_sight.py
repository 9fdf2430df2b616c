"""No picture is taken of a page that shows a secret, and no trace holds what signing in has typed."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pyotp
import pytest

from postdeploy import sight
from postdeploy.browser import BrowserRoom
from postdeploy.flow import Flow
from postdeploy.judging import judge
from postdeploy.launching import BrowserOptions, find_browser
from postdeploy.recorded import SignInRecorded, refuse_recorded
from postdeploy.redact import CODE_SECRET
from postdeploy.run import Run
from selftests.unit.small_runs import make_run

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "tok-9f8e7d6c5b4a39281706f5e4"
CODES = pyotp.random_base32()

SHOWING = {
    "text": f"<p>signed in with {TOKEN}</p>",
    "text in capitals": f"<p style='text-transform: uppercase'>with {TOKEN}</p>",
    "text of many parts": f"<p>with <b>{TOKEN[:9]}</b><i>{TOKEN[9:20]}</i>{TOKEN[20:]}</p>",
    "field": f"<input value='{TOKEN}'>",
    "area": f"<textarea>{TOKEN}</textarea>",
    "hint of a field": f"<input placeholder='{TOKEN}'>",
    "frame": f'<iframe srcdoc="<p>{TOKEN}</p>"></iframe>',
    "shadow": f"<div><template shadowrootmode='open'><p>{TOKEN}</p></template></div>",
    "title": f"<title>{TOKEN}</title>",
    "code": f"<input value='{pyotp.TOTP(CODES).now()}'>",
}
HIDDEN = {
    "nothing": "<h1>Welcome</h1><p>12 documents, 482913 dollars</p>",
    "password field, which is masked": f"<input type='password' value='{TOKEN}'>",
}


def browsing(folder: Path, options: BrowserOptions, work: Callable[[Run], Awaitable[None]]) -> None:
    """Work in a run with a browser, which is closed in the end."""
    found = find_browser(None, ROOT)
    if found is None:
        pytest.skip("this machine has no browser of its own")

    async def scene() -> None:
        (folder / "evidence").mkdir()
        run = make_run(folder)
        run.browser = BrowserRoom(run, options, found)
        run.redactor.learn(TOKEN, "bearer token")
        run.redactor.learn(CODES, CODE_SECRET)
        try:
            await work(run)
        finally:
            await run.browser.stop()

    asyncio.run(scene())


def test_what_a_page_shows_decides_whether_a_picture_is_taken(tmp_path: Path) -> None:
    told: dict[str, list[str]] = {}

    async def work(run: Run) -> None:
        for name, content in (SHOWING | HIDDEN).items():
            flow = run.flow((), name, lambda _: None)
            page = await flow.page(None)
            await page.set_content(content)
            judged = await judge(flow, AssertionError("wrong"))
            told[name] = [one.text for one in judged.evidence if one.title == "No screenshot"]
            await flow.close()

    browsing(tmp_path, BrowserOptions(), work)
    secret = ["the page shows a secret: bearer token"]
    assert {name: texts for name, texts in told.items() if texts != secret} == {
        "code": ["the page shows a secret: one-time code"],
        **{name: [] for name in HIDDEN},
    }
    kept = sorted(path.suffix for path in (tmp_path / "evidence").iterdir())
    assert kept == [".png", ".png", ".txt", ".txt"]
    words = [path.read_text() for path in (tmp_path / "evidence").glob("*.txt")]
    assert any("Welcome" in text for text in words)
    assert not any(TOKEN in text for text in words)


def test_no_picture_is_taken_of_a_page_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sight, "_SECONDS", 0.5)

    async def work(run: Run) -> None:
        flow = run.flow((), "hangs", lambda _: None)
        page = await flow.page(None)
        await page.evaluate("setTimeout(() => { for (;;); }, 50)")
        await asyncio.sleep(0.2)
        judged = await judge(flow, AssertionError("wrong"))
        (why,) = [one.text for one in judged.evidence if one.title == "No screenshot"]
        assert why == "what the page shows could not be read in 0.5 s"

    browsing(tmp_path, BrowserOptions(), work)
    assert list((tmp_path / "evidence").iterdir()) == []


PASSWORD = "Typed-in-by-the-check-2026"
"""Which the redactor of this run has never heard of: what is not recorded need not be taken out."""


async def _signs_in(flow: Flow) -> None:
    page = await flow.page(None, signs_in=True)
    refuse_recorded(page)
    await page.set_content("<input type='password'><button>Go on</button>")
    await page.locator("input").fill(PASSWORD)
    await page.get_by_role("button").click()
    await page.set_content("<h1>Welcome</h1>")
    await flow.record(page)
    await page.set_content("<h1>Behind the door</h1>")
    await page.get_by_role("heading").click()
    with pytest.raises(SignInRecorded, match="signs_in=True"):
        refuse_recorded(page)


def test_a_trace_begins_when_the_check_has_signed_in(tmp_path: Path) -> None:
    async def work(run: Run) -> None:
        flow = run.flow((), "signs in", lambda _: None)
        await _signs_in(flow)
        await flow.close()

    browsing(tmp_path, BrowserOptions(tracing="on"), work)
    (trace,) = (tmp_path / "evidence").iterdir()
    with zipfile.ZipFile(trace) as file:
        content = b"".join(file.read(name) for name in file.namelist())
    assert b"Behind the door" in content
    assert PASSWORD.encode() not in content


@pytest.mark.parametrize(
    "options", [BrowserOptions(tracing="on"), BrowserOptions(video="on")], ids=["trace", "film"]
)
def test_nobody_signs_in_where_it_is_recorded(tmp_path: Path, options: BrowserOptions) -> None:
    async def work(run: Run) -> None:
        flow = run.flow((), "signs in", lambda _: None)
        context = await run.browser.context(flow, None, own_session=False)
        flow.contexts.append(context)

        class _Page:
            """A page of that context, which where films are made needs a tool that is not everywhere."""

            def __init__(self) -> None:
                self.context = context

        with pytest.raises(SignInRecorded):
            refuse_recorded(_Page())  # type: ignore[arg-type]

    browsing(tmp_path, options, work)


def test_the_cookies_of_a_context_are_learned_before_its_trace_is_cleaned(tmp_path: Path) -> None:
    value = "8f14e45fceea167a5a36dedd4bea2543"

    async def work(run: Run) -> None:
        flow = run.flow((), "has cookies", lambda _: None)
        page = await flow.page(None)
        cookie = {"name": "late", "value": value, "url": "http://127.0.0.1/", "httpOnly": True}
        await page.context.add_cookies([cookie])  # type: ignore[list-item]
        await flow.close()
        assert value not in run.redactor.clean(f"kept {value}")

    browsing(tmp_path, BrowserOptions(tracing="on"), work)
    (trace,) = (tmp_path / "evidence").iterdir()
    with zipfile.ZipFile(trace) as file:
        assert value.encode() not in b"".join(file.read(name) for name in file.namelist())
