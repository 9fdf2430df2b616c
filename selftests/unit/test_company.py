"""Faults that are tried together are judged as if each were alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from postdeploy.record.builder import build_record
from selftests.faults.company import companies, name_of, others_checks
from selftests.faults.expected import Expectation
from selftests.faults.running import FaultRun
from selftests.unit.sample_journal import (
    attempt,
    check_entry,
    end_entry,
    item,
    plan_entry,
    run_entry,
)

_CHECKS = {
    "chat.asks": "chat",
    "chat.saves": "chat",
    "vault.tag": "vault",
    "search.opens": "search",
}
PLAN = {"items": [{"id": name, "checks": [check]} for name, check in _CHECKS.items()]}


def expect(name: str, red: str, **more: Any) -> Expectation:
    told = {"name": name, "system": "qumis", "faults": (name,), "verdict": "NO-GO"}
    return Expectation.model_validate({**told, "red": tuple(filter(None, red.split())), **more})


ASKS, SAVES = expect("asks", "chat.asks"), expect("saves", "chat.saves")
TAG, OPENS = expect("tag", "vault.tag"), expect("opens", "search.opens")


def made_of(expectations: Iterable[Expectation], size: int = 3) -> set[str]:
    return {name_of(company) for company in companies(list(expectations), PLAN, size)}


def ran(folder: Path, **outcomes: str) -> FaultRun:
    """A run of all four items, `__` for the dot in their names; what is not named passed."""
    names = {name: outcomes.get(name.replace(".", "__"), "passed") for name in _CHECKS}
    entries = [
        run_entry(partial=True),
        plan_entry(item(name, checks=[check]) for name, check in _CHECKS.items()),
        *(attempt(name, outcome, check=_CHECKS[name]) for name, outcome in names.items()),
        *(check_entry(check) for check in set(_CHECKS.values())),
        end_entry(),
    ]
    folder.joinpath("journal.jsonl").write_text("\n".join(map(json.dumps, entries)) + "\n")
    folder.joinpath("publishable.txt").touch()
    return FaultRun(build_record(entries), 1, "", folder)


def judged(one: Expectation, run: FaultRun, company: tuple[Expectation, ...]) -> list[str]:
    return one.disagreements(run.without(others_checks(one, company, PLAN), PLAN))


def test_those_of_one_check_are_never_together() -> None:
    assert made_of([ASKS, SAVES]) == {"asks", "saves"}


def test_those_of_different_checks_are_together() -> None:
    assert made_of([ASKS, TAG, OPENS]) == {"asks & tag & opens"}
    assert made_of([ASKS, TAG, OPENS], size=2) == {"asks & tag", "opens"}
    assert made_of([ASKS, TAG, OPENS], size=1) == {"asks", "tag", "opens"}


@pytest.mark.parametrize("reach", ["also", "blocked"])
def test_whoever_may_touch_anothers_item_is_not_with_it(reach: str) -> None:
    wide = expect("wide", "chat.asks", **{reach: ("vault.*",)})
    assert made_of([wide, TAG, OPENS]) == {"wide & opens", "tag"}


@pytest.mark.parametrize(
    ("red", "special"),
    [
        ("chat.asks", {"intermittent": True}),
        ("chat.asks", {"alone": True}),
        ("chat.asks", {"options": ("--soak=1s",)}),
        ("chat.asks", {"environment": {"A": "b"}}),
        ("chat.asks", {"target": "[more]"}),
        ("", {"green": ("chat.asks",)}),
        ("chat.asks vault.tag search.opens", {}),
    ],
)
def test_what_is_special_stays_alone(red: str, special: dict[str, Any]) -> None:
    assert made_of([expect("special", red, **special), TAG]) == {"special", "tag"}


def test_each_is_judged_by_its_own_part(tmp_path: Path) -> None:
    run = ran(tmp_path, chat__asks="failed", vault__tag="failed")
    assert judged(ASKS, run, (ASKS, TAG)) == []
    assert judged(TAG, run, (ASKS, TAG)) == []


def test_a_fault_that_does_not_bite_is_told(tmp_path: Path) -> None:
    run = ran(tmp_path, vault__tag="failed")
    assert "chat.asks should have failed" in judged(ASKS, run, (ASKS, TAG))
    assert judged(TAG, run, (ASKS, TAG)) == []


def test_what_a_fault_does_to_its_neighbour_is_told_by_the_neighbour(tmp_path: Path) -> None:
    run = ran(tmp_path, chat__asks="failed", chat__saves="failed", vault__tag="failed")
    (told,) = judged(ASKS, run, (ASKS, TAG))
    assert told.startswith("chat.saves failed")


def test_what_a_fault_does_to_a_bystander_is_told_by_all(tmp_path: Path) -> None:
    run = ran(tmp_path, chat__asks="failed", vault__tag="failed", search__opens="blocked")
    for one in (ASKS, TAG):
        (told,) = judged(one, run, (ASKS, TAG))
        assert told.startswith("search.opens is blocked")


def test_a_neighbours_worse_verdict_is_not_ones_own(tmp_path: Path) -> None:
    dire = expect("dire", "vault.tag", verdict="ROLLBACK")
    run = ran(tmp_path, chat__asks="failed", vault__tag="failed")
    assert judged(ASKS, run, (ASKS, dire)) == []
    assert judged(dire, run, (ASKS, dire)) == ["the verdict is NO-GO, expected ROLLBACK"]
