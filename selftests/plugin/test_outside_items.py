"""What goes wrong beside the answers of a check forbids a GO, whatever another check or item says."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished, Project

_CHECKS = "tests/smoke/test_observations.py"
_SECOND = '''

@pytest.mark.covers("roll")
async def test_second(flow: Flow) -> None:
    """A second look at what calls for a rollback."""
    {body}
    async with flow.check.item("roll"):
        assert await state(flow, "right") == "right"
'''
_FIXTURE = """
import pytest

@pytest.fixture(autouse=True)
def odd(request):
    if {before} and request.node.name == "test_right":
        raise RuntimeError("no luck")
    yield
    if request.node.name == "test_right":
        raise RuntimeError("no luck")
"""


def second(body: str) -> Callable[[Project], None]:
    """Item `roll` has a second check, and its body begins like this."""

    def prepare(project: Project) -> None:
        with (project.root / _CHECKS).open("a") as checks:
            checks.write(_SECOND.format(body=body))

    return prepare


def fixture(*, before: bool) -> Callable[[Project], None]:
    """One of the checks has a fixture that raises, before or after it."""

    def prepare(project: Project) -> None:
        (project.root / "tests" / "conftest.py").write_text(_FIXTURE.format(before=before))

    return prepare


RUNS: Mapping[str, tuple[Callable[[Project], None], str]] = {
    "skip": (second('pytest.skip("no data")'), "0"),
    "fail": (second('pytest.fail("wrong price")'), "0"),
    "set up": (fixture(before=True), "0"),
    "over": (fixture(before=False), "2"),
    "killed": (second("os._exit(3)"), "2"),
}


@pytest.fixture(scope="module")
def runs(make: Make) -> Mapping[str, Finished]:
    """All of them; in each an item of weight W fails, by which pytest's exit code is explained."""
    ended = {}
    for name, (prepare, workers) in RUNS.items():
        project = make(warn="wrong")
        prepare(project)
        ended[name] = project.run("-n", workers, "-m", "prod_smoke", "--env", "sandbox")
    return ended


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("set up", "test_right failed when it was set up, which belongs to no item."),
        ("over", "test_right failed when it was over, which belongs to no item."),
        ("killed", "test_second failed for its process was lost, which belongs to no item."),
    ],
)
def test_a_failure_that_belongs_to_no_item_forbids_a_go(
    runs: Mapping[str, Finished], name: str, told: str
) -> None:
    run = runs[name]
    assert (run.code, run.record["verdict"]) == (30, "BLOCKED")
    assert told in run.record["decision"]["because"]


@pytest.mark.parametrize(
    ("name", "outcome", "note", "verdict"),
    [
        ("skip", "blocked", "a check may not skip", "BLOCKED"),
        ("fail", "failed", "wrong price", "ROLLBACK"),
        ("killed", "not run", "the check did not come to its end", "BLOCKED"),
    ],
)
def test_what_one_check_saw_does_not_cover_another_that_ended_otherwise(
    runs: Mapping[str, Finished], name: str, outcome: str, note: str, verdict: str
) -> None:
    run = runs[name]
    assert (run.outcomes["roll"], run.record["verdict"]) == (outcome, verdict)
    assert note in run.items["roll"]["note"]
