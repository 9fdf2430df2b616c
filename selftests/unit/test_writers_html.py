"""The page holds everything itself, leads where it points, and runs no one else's script."""

import base64
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from postdeploy.record.builder import build_record
from postdeploy.record.writers import html
from selftests.unit.sample_journal import attempt, item, journal_of, run_entry
from selftests.unit.sample_runs import sample_run

BROWSER = Path("/usr/lib/chromium/chromium-headless-shell")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Elements(HTMLParser):
    """Collects tags, identifiers and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            if name in ("href", "src"):
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    (folder / "evidence").mkdir()
    (folder / "evidence" / "vault.my.download.png").write_bytes(PNG)
    record = build_record(sample_run(3, hostile=True))
    (folder / "record.html").write_text(html.render(record, folder))
    return folder


@pytest.fixture(scope="module")
def elements(folder: Path) -> Elements:
    return Elements((folder / "record.html").read_text())


def test_markup_of_the_product_is_text(elements: Elements) -> None:
    assert elements.tags["script"] == 1
    assert elements.handlers == []


def test_identifiers_are_unique(elements: Elements) -> None:
    assert [name for name, number in elements.ids.items() if number > 1] == []


def test_links_within_the_page_lead_somewhere(elements: Elements) -> None:
    targets = {address[1:] for address in elements.addresses if address.startswith("#")}
    assert targets
    assert targets <= set(elements.ids)


def test_page_loads_nothing_from_elsewhere(folder: Path) -> None:
    text = (folder / "record.html").read_text()
    assert not re.search(r"(?:src|@import|url\()\s*=?\s*[\"']?(?:https?:)?//", text)
    assert "default-src 'none'" in unescape(text)


def test_small_picture_is_inside_and_missing_file_is_said(folder: Path) -> None:
    text = (folder / "record.html").read_text()
    assert "data:image/png;base64," in text
    assert "Playwright trace (not in the folder)" in text


def test_evidence_outside_the_folder_is_not_linked(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    paths = ["../secret.png", str(tmp_path / "secret.png")]
    evidence = [{"kind": "screenshot", "title": "x", "path": path} for path in paths]
    journal = journal_of([attempt("a", "failed", evidence=evidence)])
    text = html.render(build_record(journal), tmp_path / "run")
    assert "data:image/png" not in text
    assert text.count("(not in the folder)") == 2


def test_address_that_is_a_script_is_not_a_link(tmp_path: Path) -> None:
    evidence = [{"kind": "link", "title": "x", "text": "javascript:alert(1)"}]
    journal = journal_of([attempt("a", "failed", evidence=evidence)], urls={"app": "javascript:1"})
    page = Elements(html.render(build_record(journal), tmp_path))
    assert [address for address in page.addresses if "javascript" in address] == []


def test_item_with_a_strange_name_can_still_be_found(tmp_path: Path) -> None:
    journal = journal_of([attempt('x" y<z', "failed")], items=[item('x" y<z')])
    assert Elements(html.render(build_record(journal), tmp_path)).ids["item-x-y-z"] == 1


@pytest.mark.parametrize("failures", [0, 30])
def test_page_names_its_verdict_first(failures: int, tmp_path: Path) -> None:
    record = build_record(sample_run(failures))
    text = html.render(record, tmp_path)
    assert f"<h1>{record.verdict}</h1>" in text
    assert f"<title>{record.verdict} · Qumis · staging" in text


def test_record_of_nearly_nothing_has_a_page(tmp_path: Path) -> None:
    assert "<h1>BLOCKED</h1>" in html.render(build_record([run_entry()]), tmp_path)


@pytest.fixture(scope="module")
def browser_page(folder: Path) -> Iterator[Page]:
    if not BROWSER.exists():
        pytest.skip(f"no browser at {BROWSER}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER,
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"],
        )
        page = browser.new_page(viewport={"width": 390, "height": 800})
        trouble: list[str] = []
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(folder.joinpath("record.html").as_uri())
        assert trouble == []
        yield page
        browser.close()


def test_page_fits_a_telephone(browser_page: Page) -> None:
    assert browser_page.evaluate("document.documentElement.scrollWidth") == 390


def test_filter_shows_the_items_of_one_outcome(browser_page: Page) -> None:
    browser_page.get_by_role("button", name="Blocked 2").click()
    assert browser_page.locator("#found").text_content() == "2 of 80 items"
    assert browser_page.locator("details.item:visible").count() == 2
    browser_page.get_by_role("button", name="All 80").click()


def test_search_narrows_the_items(browser_page: Page) -> None:
    browser_page.keyboard.press("/")
    browser_page.keyboard.type("sha-256 download")
    assert browser_page.locator("#found").text_content() == "1 of 80 items"
    browser_page.keyboard.press("Escape")
    assert browser_page.locator("#found").text_content() == ""


def test_link_to_an_item_opens_it(browser_page: Page) -> None:
    target = browser_page.locator("[id='item-analysis.summary']")
    assert not target.evaluate("part => part.open")
    browser_page.locator(".problems a[href='#item-analysis.summary']").click()
    assert target.evaluate("part => part.open")
    assert target.evaluate("part => part.closest('details.row').open")
