"""Whatever strangers say, each document holds it as text, and a real reader of its kind agrees."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from html import unescape
from itertools import cycle
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from justhtml import JustHTML
from markdown_it import MarkdownIt
from markdown_it.token import Token

from postdeploy.plain import one_line, plain_text, shortened
from postdeploy.record.builder import build_record
from postdeploy.record.journal import Journal, read_journal
from postdeploy.record.model import Record
from postdeploy.record.schema import record_schema
from postdeploy.record.writers import github, html, junit, markdown, slack
from postdeploy.record.writers import json as json_writer
from postdeploy.record.writers.terminal import render
from selftests.unit.canary import a_browser, look_at
from selftests.unit.ci_runner import commands, obeyed, outputs
from selftests.unit.sample_journal import attempt, check_entry, journal_of
from selftests.unit.sample_runs import sample_run
from selftests.unit.strangers import SAYINGS, strange, strange_run

# A record takes some milliseconds, and so does what reads it.
quick = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
sayings = st.lists(strange, min_size=1, max_size=12)


def said(texts: list[str], *, paths: bool = False) -> Record:
    """The record of a run in which these are said in turn, again and again, by way of its journal."""
    turn = cycle(texts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        with Journal(path) as journal:
            for entry in strange_run(lambda: next(turn), paths=paths):
                journal.append(entry)
        return build_record(read_journal(path))


def every_rotation() -> list[list[str]]:
    """Every saying in every place, in a few records: the list is longer than a run has places."""
    return [[*SAYINGS[n:], *SAYINGS[:n]] for n in range(0, len(SAYINGS), 5)]


@pytest.fixture(scope="module")
def everywhere() -> list[Record]:
    return [said(texts, paths=True) for texts in every_rotation()]


def test_whatever_is_said_the_failure_counts(everywhere: list[Record]) -> None:
    """Halves of characters, above all, must not make an entry unreadable."""
    for record in everywhere:
        assert str(record.verdict) == "ROLLBACK"
        assert [w for w in record.decision.warnings if w.startswith("Not readable")] == []
        assert {i.id: i.outcome for i in record.items}["let.go"] == "waived"


def test_what_a_report_carries_past_the_journal_is_readable_too() -> None:
    record = build_record(strange_run(lambda: "\ud83d \ud83d\ude00"))
    assert record.items[0].note == "\ufffd 😀"


# JSON


def check_json(record: Record) -> None:
    text = json_writer.render(record)
    document = json.loads(text.encode("utf-8"))
    jsonschema.Draft202012Validator(json.loads(record_schema())).validate(document)
    assert Record.model_validate_json(text) == record


def test_json_is_as_the_schema_says(everywhere: list[Record]) -> None:
    for record in everywhere:
        check_json(record)


# HTML


def elements(page: str) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Every element of a page as a browser would build it."""
    nodes = [JustHTML(page, sanitize=False).root]
    while nodes:
        node = nodes.pop()
        attributes = getattr(node, "attrs", None)
        if attributes is not None and not node.name.startswith(("#", "!")):
            yield node.name, dict(attributes)
        nodes += getattr(node, "children", None) or ()


def skeleton(page: str) -> set[tuple[str, str]]:
    return {(name, key) for name, attributes in elements(page) for key in ("", *attributes)}


@pytest.fixture(scope="module")
def known() -> set[tuple[str, str]]:
    """Elements and attributes of pages in which nobody says anything strange."""
    pages = [
        html.render(said(texts), Path("nowhere")) for texts in (["word"], ["https://a.test/b"])
    ]
    return set.union(*map(skeleton, pages))


ADDRESSES = re.compile(
    r"#[\w.-]*|https?://.*|record\.(json|md)|junit\.xml|data:image/svg\+xml,.*", re.S
)


def check_html(record: Record, known: set[tuple[str, str]]) -> None:
    page = html.render(record, Path("nowhere"))
    assert skeleton(page) <= known
    counted: dict[str, int] = {}
    for name, attributes in elements(page):
        counted[name] = counted.get(name, 0) + 1
        assert not [key for key in attributes if key.startswith("on") or key == "srcdoc"]
        for key in ("href", "src"):
            assert ADDRESSES.fullmatch(attributes.get(key) or "#")
    assert (counted["script"], counted["style"], counted["title"] >= 1) == (1, 1, True)
    shown = JustHTML(page, sanitize=False).root.to_text()
    words = "".join(shown.split())
    for item in record.items:
        for text in (item.observed, item.title, *(e.text or "" for e in item.evidence)):
            assert "".join(plain_text(text).split()) in words


def test_html_has_no_element_or_attribute_of_a_stranger(
    everywhere: list[Record], known: set[tuple[str, str]]
) -> None:
    for record in everywhere[::3]:
        check_html(record, known)


# JUnit

LEGAL = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def check_junit(record: Record) -> None:
    text = junit.render(record)
    assert LEGAL.fullmatch(text)
    root = ElementTree.fromstring(text.encode("utf-8"))  # noqa: S314 - our own text
    tags = {"testsuites", "testsuite", "properties", "property", "testcase", "system-out"}
    assert {element.tag for element in root.iter()} <= tags | {"failure", "error", "skipped"}
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert set(cases) == {one_line(item.id) for item in record.items}
    (wrong,) = [item for item in record.items if item.id == "wrong"]
    (failure,) = cases["wrong"]
    assert failure.get("message") == one_line(wrong.note or "failed")


def test_junit_is_xml_whatever_is_said(everywhere: list[Record]) -> None:
    for record in everywhere:
        check_junit(record)


# Markdown

_READER = MarkdownIt("gfm-like")
assert _READER.linkify is not None
_READER.linkify.set({"fuzzy_link": False})  # as GitHub, which takes no bare name for a link
REFERENCE = re.compile(
    r"(?<![\w`])@[\w-]|#\d|\bGH-\d|\w://|\bwww\.|(?<=:)[a-z_]*[a-z][a-z_]*:|:[+-]1:", re.I
)


def shape(tokens: list[Token]) -> list[str]:
    """Blocks, and what is in their lines but for words."""
    found = []
    for token in tokens:
        inner = [child.type for child in token.children or () if child.type != "text"]
        found.append(" ".join([token.type, token.tag, *inner]))
    return found


def words(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        yield from (child.content for child in token.children or () if child.type == "text")


def check_markdown(text: str, plain: str) -> None:
    """`text` is built as `plain` is, in which every saying is a mere word."""
    tokens = _READER.parse(text)
    assert shape(tokens) == shape(_READER.parse(plain))
    for token in (child for one in tokens for child in one.children or ()):
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith("evidence/")
    for one in words(tokens):
        # What stands for itself in a text of ours, too, is told apart by what breaks it in theirs.
        assert not REFERENCE.search(one.replace("\u200b", "\x00")), one
    # Formulas are looked for in the source; lines with code in them are left out, and the command.
    lines = [line for line in text.splitlines() if "`" not in line and line[:7] != "pytest "]
    assert "$" not in "".join(lines)


def meek(texts: list[str]) -> Record:
    """The same run, in which nothing but words is said, the same ones where the same was."""
    names = {text: f"word{number}" for number, text in enumerate(dict.fromkeys(texts))}
    return said([names[text] if text else "" for text in texts])


def test_markdown_has_no_markup_of_a_stranger() -> None:
    for texts in every_rotation():
        check_markdown(markdown.render(said(texts)), markdown.render(meek(texts)))


def test_markdown_keeps_the_words() -> None:
    for text in SAYINGS:
        record = said([text])
        shown = "".join(words(_READER.parse(markdown.render(record)))).replace("\u200b", "")
        assert shortened(one_line(text), markdown.LONGEST_FIELD) in shown


# GitHub


def check_github(record: Record, plain: Record) -> None:
    check_markdown(github.summary(record), github.summary(plain))
    lines = github.annotations(record)
    found = commands("\n".join(lines))
    assert len(found) == len(lines)
    assert {one.name for one in found} <= {"notice", "warning", "error"}
    assert {key for one in found for key in one.properties} == {"title"}
    assert found[0].data == plain_text(shortened(record.decision.because, 900))
    values = {"because": record.decision.because, "verdict": str(record.verdict)}
    told = outputs(github.outputs(values))
    assert told == {key: plain_text(value) for key, value in values.items()}


def test_github_takes_only_our_own_commands() -> None:
    for texts in every_rotation():
        check_github(said(texts), meek(texts))


@pytest.mark.parametrize("much", ["@" * 5000, "\U000e0041" * 5000, "保" * 5000])
def test_a_summary_stays_below_its_limit_whatever_is_said(much: str) -> None:
    loud = [
        {**one, **{key: much for key in ("note", "expected", "observed") if key in one}}
        for one in sample_run(30)
    ]
    text = github.summary(build_record(loud))
    assert len(text.encode("utf-8")) < 1_000_000


def test_an_output_cannot_be_ended_from_within() -> None:
    nasty = {"told": "a\nEOF\nexit-code=0\n<<x", "exit-code": "1"}
    assert outputs(github.outputs(nasty)) == nasty
    with pytest.raises(ValueError, match="no name of an output"):
        github.outputs({"a\nb": "c"})


# Slack


def check_slack(record: Record) -> None:
    body = json.loads(json.dumps(slack.message(record, "https://ci.test/1")))
    assert len(body["blocks"]) <= 50
    assert (body["mrkdwn"], body["unfurl_links"], body["parse"]) == (False, False, "none")
    for block in body["blocks"]:
        for text in [block.get("text"), *block.get("elements", [])]:
            if text is None or text["type"] == "button":
                continue
            assert (text["type"], text["emoji"]) == ("plain_text", False)
            check_slack_text(text["text"], 150 if block["type"] == "header" else 3000)
    check_slack_text(body["text"], 3000)


def check_slack_text(text: str, limit: int) -> None:
    assert 0 < len(text.encode("utf-16-le")) // 2 <= limit
    assert not re.search("[<>]", text)
    assert not re.search("&(?!amp;|lt;|gt;)", text)
    assert plain_text(unescape(text)) == unescape(text)


def test_slack_makes_nothing_of_what_is_said(everywhere: list[Record]) -> None:
    for record in everywhere:
        check_slack(record)


def test_a_link_that_is_none_has_no_button(everywhere: list[Record]) -> None:
    for link in ("javascript:alert(1)", "https://ci.test/" + "x" * 3000):
        assert slack.message(everywhere[0], link)["blocks"][-1]["type"] == "context"


# The terminal

OURS = re.compile(r"\x1b\[[0-9;]+m")


def check_terminal(record: Record) -> None:
    for width in (40, 80):
        text = render(record, width, folder="reports/x")
        # Lines may be cut between the parts of an emoji.
        assert plain_text(text.replace("\u200d", "")) == text.replace("\u200d", "")
        assert obeyed(text) == []
        coloured = render(record, width, colour=True, folder="reports/x")
        assert OURS.sub("", coloured) == text
        assert obeyed(coloured) == []
        wide = [line for line in text.splitlines() if len(line) > width]
        assert [line for line in wide if not line.startswith("  pytest ")] == []


def test_terminal_obeys_nobody(everywhere: list[Record]) -> None:
    for record in everywhere:
        check_terminal(record)


# All of them


@quick
@given(texts=sayings)
def test_every_document_holds_what_is_said_as_text(
    known: set[tuple[str, str]], texts: list[str]
) -> None:
    record, plain = said(texts), meek(texts)
    check_json(record)
    check_junit(record)
    check_markdown(markdown.render(record), markdown.render(plain))
    check_github(record, plain)
    check_slack(record)
    check_terminal(record)
    check_html(record, known)


@pytest.mark.parametrize(
    "path",
    ["../secret.png", "a\x00.png", "x" * 5000, "evidence/../../secret.png", "link.png", "evidence"],
)
def test_a_file_outside_the_folder_or_of_no_possible_name_is_not_linked(
    tmp_path: Path, path: str
) -> None:
    png = b"\x89PNG\r\n\x1a\n"
    (tmp_path / "secret.png").write_bytes(png)
    run = tmp_path / "run"
    (run / "evidence").mkdir(parents=True)
    (run / "link.png").symlink_to(tmp_path / "secret.png")
    journal = strange_run(lambda: path, paths=True)
    page = html.render(build_record(journal), run)
    sources = [attributes["src"] for _, attributes in elements(page) if "src" in attributes]
    assert sources == []
    links = [unquote(attributes.get("href") or "") for _, attributes in elements(page)]
    assert not [link for link in links if "secret" in link and not link.startswith("#")]


def test_a_long_ground_of_the_verdict_is_told_in_full() -> None:
    broken = [check_entry(f"tests/e2e/test_{n}.py::test_it", "failed") for n in range(30)]
    record = build_record(journal_of([attempt("a")], others=broken))
    assert len(record.decision.because) > 2000
    assert "test\\_29.py" in markdown.render(record).split("\n\n")[1]


def test_what_is_shown_tells_apart_what_looks_alike() -> None:
    assert plain_text("Sav\u200bed") == "Sav‹U+200B›ed"
    assert plain_text("पक्\u200dष 👩\u200d💻") == "पक्\u200dष 👩\u200d💻"
    assert plain_text("pass\u200ded") == "pass‹U+200D›ed"


def test_a_browser_runs_nothing_of_it(everywhere: list[Record], tmp_path: Path) -> None:
    with a_browser() as browser:
        for record in everywhere[::2]:
            (tmp_path / "record.html").write_text(html.render(record, tmp_path), encoding="utf-8")
            assert look_at(browser, tmp_path / "record.html").alive == []
