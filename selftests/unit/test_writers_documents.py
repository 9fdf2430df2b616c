"""Markdown, JUnit, GitHub and Slack say the same as the record, and hold no one's markup."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from postdeploy.record.builder import build_record
from postdeploy.record.model import Record
from postdeploy.record.writers import files, github, junit, markdown, slack, write_all
from selftests.unit.sample_journal import attempt, item, journal_of, plan_entry, run_entry
from selftests.unit.sample_runs import sample_run


@pytest.fixture(scope="module")
def red() -> Record:
    return build_record(sample_run(3, hostile=True))


def test_markdown_has_the_table_of_the_source(red: Record) -> None:
    text = markdown.render(red)
    assert "| Step | Status | Tester | Timestamp | Notes |" in text
    lines = [line for line in text.splitlines() if line.startswith("| **")]
    assert len(lines) == 17
    assert lines[1].startswith("| **1. Login &amp; Home** | ✓ passed | Rita Release | 2026-11-20")


def test_markdown_rows_all_have_their_columns(red: Record) -> None:
    for table in markdown.render(red).split("\n\n"):
        lines = [line for line in table.splitlines() if line.startswith("| ")]
        columns = {line.replace("\\|", "").count("|") for line in lines}
        assert len(columns) <= 1


def test_markdown_holds_no_markup_of_the_product(red: Record) -> None:
    text = markdown.render(red)
    assert "<script>" not in text
    assert "**b**" not in text.replace("\\*", "")
    assert "\x1b" not in text


def test_code_block_cannot_be_ended_from_within() -> None:
    assert markdown.fenced("a\n```\nb").startswith("````text")


def test_junit_tells_failures_from_what_was_not_observed(red: Record) -> None:
    root = ElementTree.fromstring(junit.render(red))  # noqa: S314 - our own text
    told = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert told["analysis.completes"] == ["failure"]
    assert told["analysis.summary"] == ["error"]
    assert told["slack.alerts"] == ["skipped"]
    assert told["chat.uses-context"] == ["system-out"]
    assert told["home.loads"] == []
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("80", "4", "2")


def test_junit_does_not_skip_a_required_item_that_did_not_run() -> None:
    journal = journal_of([attempt("a")], items=[item("a"), item("b"), item("c", required=False)])
    plan = plan_entry([item("a"), item("b"), item("c", required=False)], selected=["a", "b"])
    record = build_record([plan if one["kind"] == "plan" else one for one in journal])
    assert [junit.element_of(one) for one in record.items] == ["", "error", "skipped"]


def test_failed_precondition_is_no_failure_of_the_product() -> None:
    journal = journal_of([attempt("a", "failed")], items=[item("a", weight="B")])
    assert junit.element_of(build_record(journal).items[0]) == "error"


def test_github_annotations_are_one_line_each(red: Record) -> None:
    lines = github.annotations(red)
    assert lines[0].startswith("::error title=ROLLBACK%3A Qumis · staging::1 failure")
    assert all(line.count("\n") == 0 for line in lines)
    assert len(lines) == 6


def test_github_annotations_are_limited() -> None:
    assert len(github.annotations(build_record(sample_run(30)))) == 10


def test_github_summary_of_many_failures_is_limited() -> None:
    text = github.summary(build_record(sample_run(30, hostile=True)))
    assert "… and 12 more in the record." in text
    assert len(text.encode()) < 1_000_000


def test_slack_message_keeps_the_limits_of_block_kit() -> None:
    body = slack.message(build_record(sample_run(30, hostile=True)), link="https://ci.example/1")
    blocks = body["blocks"]
    assert [block["type"] for block in blocks] == [
        *("header", "section", "section", "context", "actions")
    ]
    texts = [block["text"]["text"] for block in blocks if "text" in block]
    assert all(len(text) <= 3000 for text in texts)
    assert "<script>" not in texts[2]
    assert "and 22 more" in texts[2]


def test_slack_message_of_a_go_has_no_problems() -> None:
    body = slack.message(build_record(sample_run(0)))
    assert [block["type"] for block in body["blocks"]] == ["header", "section", "context"]


def test_all_documents_are_written_and_nothing_else(tmp_path: Path, red: Record) -> None:
    write_all(red, tmp_path / "run")
    written = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert written == ["junit.xml", "record.html", "record.json", "record.md"]


def test_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "record.md"
    path.write_text("old")
    with pytest.raises(TypeError):
        files.write_file(path, None)  # type: ignore[arg-type]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "render",
    [markdown.render, junit.render, github.summary],
    ids=["markdown", "junit", "github"],
)
def test_record_of_nearly_nothing_can_be_written(render: Callable[[Record], str]) -> None:
    assert "BLOCKED" in render(build_record([*journal_of([attempt("a")])[:-1], run_entry()]))
