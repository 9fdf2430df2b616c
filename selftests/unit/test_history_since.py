"""What a run's outcomes mean beside those of earlier runs."""

from __future__ import annotations

import random

import pytest

from postdeploy.history.kept import KeptRun
from postdeploy.history.since import Compared, compare
from postdeploy.history.usual import usual_range
from postdeploy.outcome import Outcome, Verdict
from postdeploy.record.model import ItemHistory
from selftests.unit.sample_history import course, kept, timed


def compared(runs: list[KeptRun]) -> Compared:
    """The last run beside those before it."""
    found = compare(runs[-1], runs)
    assert found is not None
    return found


def told(marks: str) -> ItemHistory | None:
    """What is said of an item that went through these letters, the last of them now."""
    return compared(course(marks)).items.get("a")


@pytest.mark.parametrize(
    ("marks", "sentences"),
    [
        ("PPF", ["new red: green until 2026-11-02 02:00 (run r1)"]),
        ("PFF", ["still red since 2026-11-02 02:00 (run r1), 2 runs"]),
        ("FFPF", ["new red: green until 2026-11-03 02:00 (run r2)"]),
        ("PFFP", ["fixed: red since 2026-11-02 02:00 (run r1), 2 runs"]),
        ("PFP", ["fixed: red since 2026-11-02 02:00 (run r1), 1 run"]),
        ("PPP", []),
        ("BF", ["new red: not seen in an earlier run"]),
        ("PBP", []),
    ],
)
def test_red_and_green_are_told_with_the_run_that_they_began_with(
    marks: str, sentences: list[str]
) -> None:
    found = told(marks)
    assert (list(found.told) if found else []) == sentences


@pytest.mark.parametrize("between", [".", "N", "O", "B", "A", "V", "B.NOAV"])
def test_what_was_not_seen_neither_ends_a_row_of_red_runs_nor_counts_in_it(between: str) -> None:
    found = told(f"PF{between}F")
    assert found is not None
    assert (found.course, found.runs) == ("still red", 2)
    assert found.since is not None
    assert found.since.run_id == "r1"


@pytest.mark.parametrize("between", [".", "N", "O", "B", "A", "V"])
def test_what_was_not_seen_is_no_fix(between: str) -> None:
    assert course_of(f"PF{between}") != "fixed"
    assert course_of(f"PF{between}P") == "fixed"


def course_of(marks: str) -> str | None:
    found = told(marks)
    return found.course if found else None


@pytest.mark.parametrize(
    ("marks", "expected"),
    [("PFW", "still red"), ("PW", "new red"), ("WF", "still red"), ("WP", "fixed")],
)
def test_a_waiver_mends_nothing(marks: str, expected: str) -> None:
    assert course_of(marks) == expected


def test_a_waived_item_is_told_of_as_waived() -> None:
    found = told("PW")
    assert found is not None
    assert found.outcome is Outcome.WAIVED


@pytest.mark.parametrize("now", ["B", "A", "V"])
def test_what_was_red_and_cannot_be_seen_now_is_not_forgotten(now: str) -> None:
    found = told(f"PF{now}")
    assert found is not None
    assert found.told == ("red when last seen, 2026-11-02 02:00 (run r1)",)


def test_what_cannot_be_observed_again_is_told_with_the_run_that_it_began_with() -> None:
    found = told("PFBB")
    assert found is not None
    assert found.told == (
        "not observed since 2026-11-03 02:00 (run r2), 2 runs;"
        " red when last seen, 2026-11-02 02:00 (run r1)",
    )
    assert compared(course("PFBB")).run.unseen == ("a",)


@pytest.mark.parametrize("now", [".", "N", "O"])
def test_an_item_that_no_check_looked_at_says_nothing(now: str) -> None:
    assert told(f"KFKF{now}") is None


def test_a_narrower_scope_is_compared_item_by_item() -> None:
    runs = [kept(0, "FF"), kept(1, "F.", scope="read-only"), kept(2, "PF")]
    items = compared(runs).items
    assert items["a"].course == "fixed"
    assert items["b"].told == ("still red since 2026-11-01 02:00 (run r0), 2 runs",)


def test_an_item_that_is_new_in_the_checklist_is_new_red_when_it_fails() -> None:
    assert compared([kept(0, "P"), kept(1, "PF")]).items["b"].course == "new red"


@pytest.mark.parametrize(
    ("marks", "sentence"),
    [
        ("K" * 3 + "P" * 17, "flaky (3 of the last 20)"),
        ("KK" + "P" * 8, "flaky (2 of the last 10)"),
        ("PK", "flaky (1 of the last 2)"),
        ("KP", ""),
        ("K" + "P" * 18 + "K", "flaky (2 of the last 20)"),
        ("KKK" + "P" * 20, ""),
        ("KBK..P", "flaky (2 of the last 3)"),
    ],
)
def test_flakiness_is_counted_among_the_last_runs_that_saw_the_item(
    marks: str, sentence: str
) -> None:
    found = told(marks)
    assert (found.told if found else ()) == ((sentence,) if sentence else ())


def test_a_red_item_is_told_to_have_been_flaky_before() -> None:
    found = told("KPKF")
    assert found is not None
    assert found.told == (
        "new red: green until 2026-11-03 02:00 (run r2)",
        "flaky (2 of the last 4)",
    )


def test_slower_is_what_lies_beyond_the_usual_range() -> None:
    found = compared(timed([2.0, 2.2, 1.9, 2.1, 2.0, 2.3, 1.8, 2.1, 9.0])).items["a"]
    assert found.slower
    assert found.told == ("9.0 s, slower than its usual 1.2 to 3.4 s (8 runs)",)


@pytest.mark.parametrize(
    "seconds",
    [
        [2.0] * 7 + [9.0],
        [2.0] * 20 + [2.4],
        [0.01] * 20 + [0.4],
        [1.0, 9.0] * 10 + [9.5],
        [2.0] * 9 + [0.1],
    ],
    ids=["too-few", "a-little", "milliseconds", "always-scattered", "faster"],
)
def test_nothing_is_said_of_what_is_usual_or_not_known_to_be_unusual(seconds: list[float]) -> None:
    assert compared(timed(seconds)).run.slower == ()


def test_odd_runs_do_not_widen_what_is_usual() -> None:
    assert compared(timed([2.0] * 11 + [60.0] * 9 + [8.0])).run.slower == ("a",)


def test_only_runs_in_which_the_item_simply_passed_tell_what_is_usual() -> None:
    slow_retries = timed([2.0] * 7 + [60.0, 60.0, 9.0], "P" * 7 + "KKP")
    assert compared(slow_retries).run.slower == ()


def test_only_the_last_twenty_green_runs_tell_what_is_usual() -> None:
    assert compared(timed([60.0] * 30 + [2.0] * 20 + [9.0])).run.slower == ("a",)


@pytest.mark.parametrize(("runs", "most"), [(8, 12), (20, 4)])
@pytest.mark.parametrize("scatter", [0.1, 0.3, 0.6])
def test_ordinary_scatter_is_seldom_called_slow(scatter: float, runs: int, most: int) -> None:
    chance = random.Random(7)
    told_slow = 0
    for _ in range(2000):
        *before, now = (5.0 * chance.lognormvariate(0, scatter) for _ in range(runs + 1))
        usual = usual_range(before)
        told_slow += usual is not None and now > usual.high
    assert (
        told_slow <= most
    )  # of 2000: with 170 items, one in a run of eight, one in three of twenty


def test_another_environments_runs_say_nothing() -> None:
    others = course("FFF", environment="qa")
    assert compare(kept(9, "F"), others) is None


def test_runs_that_began_later_and_the_run_itself_are_not_its_past() -> None:
    runs = course("PFF")
    found = compare(runs[1], runs)
    assert found is not None
    assert found.items["a"].course == "new red"
    assert found.run.runs == 1


def test_the_order_in_which_runs_are_found_does_not_matter() -> None:
    runs = course("PFPFFKPF")
    assert compare(runs[-1], list(reversed(runs))) == compare(runs[-1], runs)


def test_a_row_that_may_be_longer_than_what_was_looked_at_says_so() -> None:
    runs = course("FFF")
    found = compare(runs[-1], runs, older=300)
    assert found is not None
    assert found.items["a"].told == (
        "still red since 2026-11-01 02:00 (run r0) or earlier, 3 runs",
    )


def test_the_run_is_told_beside_the_one_before_and_since_when_its_verdict_holds() -> None:
    run = compared([kept(0, "P"), kept(1, "F"), kept(2, "F"), kept(3, "F")]).run
    assert (run.runs, run.previous.run_id, run.previous.verdict) == (3, "r2", Verdict.NO_GO)
    assert run.verdict_since is not None
    assert run.verdict_since.run_id == "r1"
    assert run.still_red == ("a",)


def test_without_an_earlier_run_nothing_is_said() -> None:
    assert compare(kept(0, "F"), []) is None
