"""What Allure is given of a run: rows as suites, items as steps, ids as labels, and the evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import TOKEN, Finished
from selftests.plugin.test_waivers import waive

Result = dict[str, Any]


def results(run: Finished) -> dict[str, Result]:
    """By the items that each answers."""
    files = (run.folder / "allure-results").glob("*-result.json")
    read = [json.loads(file.read_text()) for file in files]
    return {" ".join(labels(one, "item")): one for one in read}


def labels(result: Result, name: str) -> list[str]:
    return [label["value"] for label in result["labels"] if label["name"] == name]


def steps(result: Result) -> list[tuple[str, str]]:
    return [(step["name"], step["status"]) for step in result.get("steps", ())]


def test_rows_are_suites_below_the_environment(mixed: Finished) -> None:
    suites = {name: labels(one, "suite") for name, one in results(mixed).items()}
    assert suites["roll"] == ["1. Observations"]
    assert suites["thing.made thing.used"] == ["2. Things"]
    assert {tuple(labels(one, "parentSuite")) for one in results(mixed).values()} == {
        ("Demo · sandbox",)
    }


def test_every_item_that_was_answered_is_a_step_for_each_attempt(mixed: Finished) -> None:
    made = [step for one in results(mixed).values() for step in steps(one)]
    attempts = [attempt for item in mixed.items.values() for attempt in item["attempts"]]
    untried = [
        item
        for item in mixed.items.values()
        if not item["attempts"] and item["outcome"] != "not applicable"
    ]
    assert len(attempts) > 15
    assert len(made) == len(attempts) + len(untried)


@pytest.mark.parametrize(
    ("items", "status", "expected"),
    [
        ("right", "passed", [("right – The product is right: passed", "passed")]),
        ("roll", "failed", [("roll – What calls for a rollback: failed", "failed")]),
        ("seen", "broken", [("seen – What a probe can see: blocked", "broken")]),
        (
            "door.open door.room door.bell",
            "failed",
            [
                ("door.open – The door is open: failed", "failed"),
                ("door.bell – The bell beside the door: passed", "passed"),
                ("door.room – The room behind the door: blocked", "broken"),
            ],
        ),
        (
            "flaky",
            "passed",
            [
                ("flaky – What may fail once: failed", "failed"),
                ("flaky – What may fail once (attempt 2): passed", "passed"),
            ],
        ),
    ],
)
def test_each_outcome_has_its_status(
    mixed: Finished, items: str, status: str, expected: list[tuple[str, str]]
) -> None:
    result = results(mixed)[items]
    assert (result["status"], sorted(steps(result))) == (status, sorted(expected))


def test_what_was_flaky_is_marked(mixed: Finished) -> None:
    marked = [
        name
        for name, one in results(mixed).items()
        if (one.get("statusDetails") or {}).get("flaky")
    ]
    assert marked == ["flaky"]


def test_why_it_failed_and_how_grave_that_is(mixed: Finished) -> None:
    result = results(mixed)["roll"]
    assert result["statusDetails"]["message"] == "this calls for a rollback"
    door = results(mixed)["door.open door.room door.bell"]
    assert door["statusDetails"] in [step.get("statusDetails") for step in door["steps"]]
    assert labels(result, "severity") == ["blocker"]
    assert labels(result, "run") == [mixed.record["run_id"]]


def test_it_ran_when_the_check_ran_and_not_when_it_was_asked_for(mixed: Finished) -> None:
    times = {one["check"]: one for one in mixed.record["checks"]}
    (check,) = mixed.items["quick"]["checks"]
    result = results(mixed)["quick"]
    assert result["stop"] - result["start"] >= 3900
    assert times[check]["started"]


def test_evidence_is_attached_to_its_step_and_clean(mixed: Finished) -> None:
    folder = mixed.folder / "allure-results"
    (step, *_) = results(mixed)["secret"]["steps"]
    attached = {one["name"]: folder / one["source"] for one in step["attachments"]}
    assert "What came back" in attached
    assert "[redacted]" in attached["What came back"].read_text()
    assert TOKEN not in "".join(path.read_text() for path in _texts(folder))


def _texts(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix in (".json", ".txt", ".properties")]


def test_pytests_own_preparations_are_no_steps(mixed: Finished) -> None:
    containers = [
        json.loads(file.read_text())
        for file in (mixed.folder / "allure-results").glob("*-container.json")
    ]
    assert [one for one in containers if one.get("befores") or one.get("afters")] == []


def test_the_run_and_its_verdict_are_told(mixed: Finished) -> None:
    told = (mixed.folder / "allure-results" / "environment.properties").read_text()
    assert f"Run = {mixed.record['run_id']}\n" in told
    assert "Verdict = ROLLBACK\n" in told


@pytest.fixture(scope="module")
def waived(make: Make) -> Finished:
    """A run in which a failure is waived, a person shall look at an item, and one check is never reached."""
    project = make(right="wrong", seen="wrong")
    project.edit("checklists/demo.toml", 'id = "warn"', 'id = "looked.at"\nby_hand = true')
    path = project.root / "tests/smoke/test_observations.py"
    text = path.read_text()
    start = text.index('@pytest.mark.covers("warn")')
    path.write_text(text[:start] + text[text.index('@pytest.mark.covers("seen")') :])
    waive(project, "right")
    return project.run()


def test_what_is_waived_is_skipped_and_what_nobody_looked_at_is_there(waived: Finished) -> None:
    found = results(waived)
    assert waived.outcomes["right"] == "waived", waived.out
    assert steps(found["right"]) == [("right – The product is right: failed, waived", "skipped")]
    assert found["right"]["status"] == "skipped"
    assert found["seen"]["status"] == "broken"
    by_hand = found["looked.at"]
    assert (by_hand["status"], labels(by_hand, "suite")) == ("broken", ["1. Observations"])
    listed = (waived.folder / "publishable.txt").read_text()
    assert f"allure-results/{by_hand['uuid']}-result.json" in listed
