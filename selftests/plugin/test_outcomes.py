"""Each way in which a check can end has its outcome, with and without workers."""

from __future__ import annotations

import json
import re

import pytest

from selftests.plugin.project import Finished


@pytest.mark.parametrize(
    ("item", "outcome", "attempts"),
    [
        ("right", "passed", ["passed"]),
        ("roll", "failed", ["failed"]),
        ("warn", "failed", ["failed"]),
        ("seen", "blocked", ["blocked"]),
        ("flaky", "flaky", ["failed", "passed"]),
        ("broken", "blocked", ["blocked", "blocked"]),
        ("host", "failed", ["failed", "failed"]),
        ("quick", "blocked", ["blocked"]),
        ("door.open", "failed", ["failed"]),
        ("door.room", "blocked", ["blocked"]),
        ("door.bell", "passed", ["passed"]),
        ("thing.made", "passed", ["passed"]),
    ],
)
def test_each_ending_has_its_outcome(
    mixed: Finished, item: str, outcome: str, attempts: list[str]
) -> None:
    assert mixed.outcomes[item] == outcome
    assert mixed.course(item) == attempts


@pytest.mark.parametrize(
    ("item", "note"),
    [
        ("roll", "this calls for a rollback"),
        ("seen", "the probe may not look. Grant it demo:Look"),
        ("flaky", "failed, then passed on a retry: wrong at first"),
        ("broken", "the check itself broke: KeyError: 'wrong'"),
        ("host", "while the control address answers"),
        ("quick", "the check's budget of 4 s was spent"),
        ("door.room", "not reached: door.open failed"),
        ("tile.*", "the target file declares no tiles for this environment"),
        ("extra", "this environment has no extras (features in the target file)"),
    ],
)
def test_each_item_says_why(mixed: Finished, item: str, note: str) -> None:
    assert note in mixed.items[item]["note"]


def test_a_failure_that_calls_for_a_rollback_is_the_verdict(mixed: Finished) -> None:
    assert (mixed.code, mixed.record["verdict"]) == (20, "ROLLBACK")
    assert mixed.record["decision"]["rests_on"] == ["roll"]


def test_a_weight_w_failure_and_a_flaky_item_are_warnings(mixed: Finished) -> None:
    told = "\n".join(mixed.record["decision"]["warnings"])
    assert "warn failed: worth a warning" in told
    assert "flaky is flaky" in told


def test_nothing_wrong_is_a_go(healthy: Finished) -> None:
    assert (healthy.code, healthy.record["verdict"]) == (0, "GO")
    assert set(healthy.outcomes.values()) == {"passed", "not applicable"}


def test_what_an_environment_lacks_is_not_applicable_and_no_warning(healthy: Finished) -> None:
    lacking = {name for name, outcome in healthy.outcomes.items() if outcome == "not applicable"}
    assert lacking == {"tile.*", "extra"}
    assert healthy.record["decision"]["warnings"] == []


def test_what_the_checks_made_is_removed(healthy: Finished) -> None:
    assert healthy.record["leftovers"] == []
    ledgers = [path.read_text() for path in healthy.folder.glob("ledger*.jsonl")]
    assert "".join(ledgers).count('"removed"') == 1


def test_latest_points_to_the_folder_of_the_run(healthy: Finished) -> None:
    assert healthy.folder.is_symlink()
    assert healthy.folder.resolve().name == healthy.record["run_id"]


@pytest.mark.parametrize("name", ["record.md", "record.html", "junit.xml", "journal.jsonl"])
def test_each_document_of_the_record_is_there(mixed: Finished, name: str) -> None:
    assert "roll" in (mixed.folder / name).read_text()


def test_junit_has_every_item(mixed: Finished) -> None:
    cases = re.findall("<testcase[^>]*>", (mixed.folder / "junit.xml").read_text())
    assert [item for item in mixed.items if not any(item in case for case in cases)] == []


def test_allure_has_a_result_for_every_check(mixed: Finished) -> None:
    results = list((mixed.folder / "allure-results").glob("*-result.json"))
    assert len(results) == len(mixed.record["checks"])
    steps = [step["name"] for path in results for step in json.loads(path.read_text())["steps"]]
    assert "host – A host of its own (attempt 2): failed" in steps
