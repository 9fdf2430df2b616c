"""Faults that are tried together are judged as if each were alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from postdeploy.record.builder import build_record
from selftests.faults.company import companies, name_of, others_part
from selftests.faults.expected import Expectation
from selftests.faults.running import FaultRun, Part
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


def ran(folder: Path, *, broken: str = "", **outcomes: str) -> FaultRun:
    """A run of all four items, `__` for the dot in their names; what is not named passed.

    A check ends as the worst of its items does, and `broken` without any being bad.
    """
    names = {name: outcomes.get(name.replace(".", "__"), "passed") for name in _CHECKS}
    entries = [
        run_entry(partial=True),
        plan_entry(item(name, checks=[check]) for name, check in _CHECKS.items()),
        *(attempt(name, outcome, check=_CHECKS[name]) for name, outcome in names.items()),
        *(check_entry(check, _worst(names, check, broken)) for check in set(_CHECKS.values())),
        end_entry(),
    ]
    folder.joinpath("journal.jsonl").write_text("\n".join(map(json.dumps, entries)) + "\n")
    folder.joinpath("publishable.txt").touch()
    return FaultRun(build_record(entries), 1, "", folder)


def _worst(outcomes: Mapping[str, str], check: str, broken: str) -> str:
    seen = {outcome for item, outcome in outcomes.items() if _CHECKS[item] == check}
    bad = check == broken or "failed" in seen
    return "failed" if bad else "blocked" if "blocked" in seen else "passed"


def judged(one: Expectation, run: FaultRun, company: tuple[Expectation, ...]) -> list[str]:
    return one.disagreements(run.without(others_part(one, company, PLAN), PLAN))


def test_those_of_one_item_are_never_together() -> None:
    assert made_of([ASKS, expect("also asks", "chat.asks")]) == {"asks", "also asks"}


def test_those_of_one_check_are_together_before_others() -> None:
    apart = expect("apart", "vault.tag", also=("chat.asks",))
    assert made_of([apart, ASKS, SAVES]) == {"apart", "asks & saves"}


def test_those_of_different_checks_are_together() -> None:
    assert made_of([ASKS, TAG, OPENS]) == {"asks & tag & opens"}
    assert made_of([ASKS, TAG, OPENS], size=2) == {"asks & tag", "opens"}
    assert made_of([ASKS, TAG, OPENS], size=1) == {"asks", "tag", "opens"}


def test_many_checks_part_them_unless_all_are_run_anyhow() -> None:
    many = {f"vault.{n}": f"check {n}" for n in range(8)}
    plan = {"items": [{"id": name, "checks": [check]} for name, check in many.items()]}
    faults = [expect(name, name) for name in many]
    apart = companies(faults, plan, 12)
    assert sorted(map(len, apart)) == [1, 7]
    assert [len(one) for one in companies(faults, plan, 12, any_checks=True)] == [8]


@pytest.mark.parametrize("reach", ["also", "blocked"])
def test_whoever_may_touch_anothers_item_is_not_with_it(reach: str) -> None:
    wide = expect("wide", "chat.asks", **{reach: ("vault.*",)})
    assert made_of([wide, TAG, OPENS]) == {"wide & opens", "tag"}
    whole = expect("whole", "chat.asks", **{reach: ("chat.*",)})
    assert made_of([whole, SAVES, OPENS]) == {"whole & opens", "saves"}


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


def test_neighbours_in_one_check_are_each_judged_by_their_own_items(tmp_path: Path) -> None:
    run = ran(tmp_path, chat__asks="failed", chat__saves="failed")
    assert judged(ASKS, run, (ASKS, SAVES)) == []
    assert judged(SAVES, run, (ASKS, SAVES)) == []


def test_a_fault_that_does_not_bite_is_told_beside_one_in_its_check(tmp_path: Path) -> None:
    run = ran(tmp_path, chat__saves="failed")
    told = judged(ASKS, run, (ASKS, SAVES))
    assert told[0] == "chat.asks should have failed"
    assert judged(SAVES, run, (ASKS, SAVES)) == []


def test_only_a_check_that_is_red_for_what_is_left_out_is_excused(tmp_path: Path) -> None:
    saves = Part(frozenset(), frozenset({"chat.saves"}))
    assert ran(tmp_path, chat__saves="failed").without(saves, PLAN).record.verdict == "GO"
    broken = ran(tmp_path, chat__saves="failed", broken="vault").without(saves, PLAN)
    assert broken.record.verdict == "BLOCKED"


def test_a_neighbours_worse_verdict_is_not_ones_own(tmp_path: Path) -> None:
    dire = expect("dire", "vault.tag", verdict="ROLLBACK")
    run = ran(tmp_path, chat__asks="failed", vault__tag="failed")
    assert judged(ASKS, run, (ASKS, dire)) == []
    assert judged(dire, run, (ASKS, dire)) == ["the verdict is NO-GO, expected ROLLBACK"]
