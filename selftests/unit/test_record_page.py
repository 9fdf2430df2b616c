"""The page of the record in a real browser: for everybody, at every width, in both lights, and on paper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from postdeploy.record.builder import build_record
from postdeploy.record.model import Record
from postdeploy.record.writers import html
from selftests.unit.canary import a_browser
from selftests.unit.sample_history import course, kept
from selftests.unit.sample_journal import attempt, item, journal_of
from selftests.unit.sample_pages import PAGES, page_of
from selftests.unit.test_history_page import page as history_page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = {"desk": (1440, 1000), "telephone": (390, 844)}
KEPT = [
    *course("PPFFKWBANOPVPPFFFP"),
    *(kept(day, "PPPF"[day % 4] * 2, environment="qa") for day in range(12)),
]
OPEN = """() => {
  for (const name of ["chat.uses-context", "vault.my.download", "rds.main"])
    for (let part = document.getElementById(`item-${name}`); part; part = part.parentElement)
      if (part.tagName === "DETAILS") part.open = true;
}"""
"""Those that are neither failed nor merely passed, and closed at first."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def records(folder: Path) -> dict[str, Record]:
    history = folder / "history"
    history.mkdir()
    (history / "record.html").write_text(history_page(KEPT, history), encoding="utf-8")
    return {name: page_of(name, folder / name) for name in PAGES}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="module", params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=WIDTHS)
def context(
    request: pytest.FixtureRequest, browser: Browser, scheme: str
) -> Iterator[BrowserContext]:
    width, height = WIDTHS[request.param]
    made = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    yield made
    made.close()


def opened(context: BrowserContext, folder: Path, name: str) -> tuple[Page, list[str]]:
    """The page, and what it asked for or complained of."""
    page, asked = context.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: asked.append(f"error: {error}"))
    page.goto((folder / name / "record.html").as_uri())
    return page, asked


CLOSELY = "few"
"""The record that is looked at in every light and width; of others, what they have of their own."""
SKIPPED = {("telephone", name) for name in ("none", "blocked", "many")}


def violations(page: Page, scope: str, only: dict[str, Any], *, contrast: bool = True) -> list[str]:
    page.evaluate(AXE)
    options = {
        "runOnly": only,
        "rules": {} if contrast else {"color-contrast": {"enabled": False}},
        "resultTypes": ["violations"],
    }
    found: dict[str, Any] = page.evaluate(
        "([scope, options]) => axe.run(scope ? {include: scope} : document, options)",
        [scope, options],
    )
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary']}"
        for one in found["violations"]
    ]


def axed(page: Page, width: str, scheme: str, name: str) -> list[str]:
    """What axe finds. In the dark only the colours differ, on a telephone only what is laid out anew."""
    closely = name == CLOSELY
    if scheme == "dark":
        if width == "telephone" and not closely:
            return []
        colours = {"type": "rule", "values": ["color-contrast"]}
        return violations(page, "", colours) if closely or name == "history" else []
    if (width, name) in SKIPPED:
        return []
    contrast = width == "desk" and name != "many"
    return violations(page, "", {"type": "tag", "values": RULES}, contrast=contrast)


@pytest.mark.parametrize("name", [*PAGES, "history"])
def test_axe_finds_nothing_and_nothing_is_cut_off_or_asked_for(
    context: BrowserContext, scheme: str, folder: Path, records: dict[str, Record], name: str
) -> None:
    assert records
    page, asked = opened(context, folder, name)
    wide = (page.viewport_size or {"width": 0})["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == wide
    width = next(word for word, (number, _) in WIDTHS.items() if number == wide)
    if name == CLOSELY:
        page.evaluate(OPEN)
    assert axed(page, width, scheme, name) == []
    assert page.evaluate("document.documentElement.scrollWidth") == wide
    outside = [one for one in asked if not one.startswith(("file:", "data:"))]
    assert outside == []
    assert [one for one in asked if one.startswith("file:")] == [page.url]
    page.close()


@pytest.mark.parametrize("outcome", ["passed", "failed", "blocked", "grave", "partial"])
def test_every_verdict_can_be_read(
    browser: Browser, scheme: str, tmp_path: Path, outcome: str
) -> None:
    weight = {"grave": "R"}.get(outcome, "F")
    seen = {"grave": "failed", "partial": "passed"}.get(outcome, outcome)
    partial = outcome == "partial"
    journal = journal_of([attempt("a", seen)], items=[item("a", weight=weight)], partial=partial)
    record = build_record(journal)
    verdicts = {"passed": "GO", "failed": "NO-GO", "blocked": "BLOCKED", "grave": "ROLLBACK"}
    assert record.verdict == verdicts.get(outcome)
    (tmp_path / "record.html").write_text(html.render(record, tmp_path), encoding="utf-8")
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page, _ = opened(context, tmp_path, ".")
    assert violations(page, ".banner", {"type": "rule", "values": ["color-contrast"]}) == []
    context.close()


@pytest.fixture(scope="module")
def few(browser: Browser, folder: Path, records: dict[str, Record]) -> Iterator[Page]:
    assert records
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    yield opened(context, folder, "few")[0]
    context.close()


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    for _ in range(60):
        page.keyboard.press(key)
        if str(page.evaluate("document.activeElement.textContent")).startswith(name):
            return
    raise AssertionError(f"{name} cannot be reached with the keyboard")


def test_the_filter_is_used_with_the_keyboard_alone_and_tells_what_it_did(few: Page) -> None:
    tab_to(few, "✗Failed")
    assert few.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    few.keyboard.press("Enter")
    assert few.locator("[aria-pressed=true]").text_content() == "✗Failed 3"
    assert few.get_by_role("status").text_content() == "3 of 80 items"
    assert few.locator("details.item:visible").count() == 3
    few.keyboard.press("/")
    few.keyboard.type("sha-256")
    few.keyboard.press("Escape")
    tab_to(few, "New red", "Shift+Tab")
    few.keyboard.press("Space")
    assert few.locator("details.item:visible").count() == 1
    few.get_by_role("button", name="All 80").press("Enter")
    assert few.locator("details.item").evaluate_all("all => all.every(one => !one.hidden)")


def test_a_single_key_does_nothing_outside_of_the_record(few: Page) -> None:
    few.locator(".skip").focus()
    few.keyboard.press("/")
    assert few.evaluate("document.activeElement.className") == "skip"


def test_an_item_shows_all_that_is_known_of_it(few: Page) -> None:
    found = few.locator("[id='item-perf.response-times']")
    text = found.inner_text()
    assert "p95 of GET /api/v1/documents < 800 ms" in text
    assert "new red: green until 2026-11-19" in text
    assert "playwright show-trace 'evidence/a trace of it-1.zip'" in text
    assert "and waited" in text
    assert found.get_by_role("link", name="Trace of attempt 1").get_attribute("href") == (
        "evidence/a%20trace%20of%20it-1.zip"
    )
    captions = found.locator("figcaption").all_inner_texts()
    assert [one.partition(" (")[0] for one in captions] == [
        "The page before the step",
        "The page at perf.response-times",
    ]
    sources = found.locator("img").evaluate_all("all => all.map(one => one.src.slice(0, 16))")
    assert sources == ["data:image/webp;"] * 2
    assert found.locator("img").evaluate_all("all => all.every(one => one.naturalWidth > 1000)")


def test_what_was_waited_for_is_on_the_time_line(few: Page) -> None:
    causes = few.locator(".causes .name").all_inner_texts()
    assert sorted(causes) == [
        *("a free place in the browser", "a session as member", "the policy document"),
    ]
    check = few.locator("[id='item-analysis.completes'] .timing a").get_attribute("href") or ""
    assert few.locator(f".timeline [id='{check[1:]}'] .for").inner_text().startswith("failed")


def test_the_page_is_whole_without_scripts(
    browser: Browser, folder: Path, records: dict[str, Record]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page, _ = opened(context, folder, "few")
    assert page.locator(".toolbar").is_hidden()
    page.locator("[id='row-14'] > summary").click()
    assert page.locator("[id='item-health.api']").is_visible()
    assert page.locator("[id='item-analysis.completes'] .remedy").is_visible()
    assert page.locator("details.item").count() == len(records["few"].items)
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_on_paper_every_item_is_there_and_nothing_is_cut_off(
    browser: Browser, folder: Path, records: dict[str, Record], scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts, color_scheme="dark")
    page, _ = opened(context, folder, "few")
    pdf = pypdfium2.PdfDocument(page.pdf(format="A4", prefer_css_page_size=True))
    width, _ = pdf[0].get_size()
    told = ""
    for sheet in pdf:
        words = sheet.get_textpage()
        told += words.get_text_range()
        boxes = [words.get_charbox(index) for index in range(0, words.count_chars(), 7)]
        assert max((box[2] for box in boxes), default=0) < width - 30
    lines = "".join(told.split())
    assert [one.id for one in records["few"].items if one.id not in lines] == []
    assert "LookatSidekiq'sretries" in lines
    assert len(pdf) < 20
    context.close()


def test_forced_colours_leave_the_state_of_the_filter_to_be_seen(
    browser: Browser, folder: Path, records: dict[str, Record]
) -> None:
    assert records
    context = browser.new_context(forced_colors="active")
    page, _ = opened(context, folder, "few")
    colours = page.locator("[data-filter]").evaluate_all(
        "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )
    assert colours[0] != colours[1]
    context.close()


def test_the_pages_are_of_a_size_that_can_be_sent(folder: Path, records: dict[str, Record]) -> None:
    sizes = {name: (folder / name / "record.html").stat().st_size for name in records}
    assert sizes["none"] < 250_000, json.dumps(sizes)
    assert max(sizes.values()) < 6_000_000, json.dumps(sizes)
