"""Waivers in whole runs: told first, shown in the verdict, and refused together when they are wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from selftests.plugin.conftest import Make
from selftests.plugin.project import Project

END = (datetime.now(UTC) + timedelta(days=9)).date()


def waive(project: Project, *items: str, **changes: str) -> None:
    """Write the file of waivers of the sandbox."""
    keys = {
        "environments": '["sandbox"]',
        "reason": '"QUM-1 </script><script>window.pwned=1</script>\\n::error::pwned"',
        "owner": '"Rita"',
        "expires": str(END),
        **changes,
    }
    said = "\n".join(f"{key} = {value}" for key, value in keys.items())
    entries = [f'[[waivers]]\nitem = "{item}"\n{said}\n' for item in items]
    folder = project.root / "waivers"
    folder.mkdir(exist_ok=True)
    (folder / "demo.toml").write_text("\n".join(entries))


def test_waived_failures_are_a_go_that_says_so(make: Make) -> None:
    project = make(right="wrong", door="wrong")
    waive(project, "right", "door.open", "door.room")
    run = project.run("-n", "2")
    said = f"GO with 3 waivers, the next ends on {END}"
    assert (run.code, run.record["decision"]["told"]) == (0, said)
    assert said in run.out
    assert f"postdeploy: waived until {END}: right" in run.out
    assert run.outcomes["right"] == "waived"
    assert run.course("right") == ["failed"]
    assert run.items["right"]["observed"] == "wrong"
    page = (run.folder / "record.html").read_text()
    assert "<script>window.pwned" not in page
    assert "&lt;script&gt;window.pwned=1" in page
    assert not [line for line in run.out.splitlines() if line.lstrip().startswith("::")]


def test_a_waiver_too_few_and_a_waiver_too_many_end_with_30(make: Make) -> None:
    """What stands behind a waived gate needs a waiver of its own; what passed needs none."""
    project = make(door="wrong")
    waive(project, "right", "door.open")
    run = project.run()
    assert (run.code, run.record["verdict"]) == (30, "BLOCKED")
    assert run.record["decision"]["rests_on"] == ["door.room"]
    told = " ".join(run.out.split())
    assert "The waiver of right was not needed, for the item passed." in told
    assert "Take it out: waivers/demo.toml, entry 1 (line 1)." in told


def test_a_waiver_outside_the_scope_is_no_error(make: Make) -> None:
    project = make()
    waive(project, "thing.made")
    run = project.run("--read-only")
    assert (run.code, run.record["verdict"]) == (0, "GO")


def test_wrong_waivers_are_told_together_with_what_is_missing_and_nothing_runs(make: Make) -> None:
    project = make()
    waive(project, "rigth", "roll", "warn", "right", "right", expires="2026-01-01")
    project.environment.clear()
    run = project.run()
    assert run.code == 4
    for said in (
        "entry 1 (line 1), item: the checklist of sandbox has no item 'rigth'. Did you mean 'right'?",
        "entry 2 (line 8), item: roll is of weight R: its failure means a rollback",
        "entry 3 (line 15), item: warn is of weight W",
        "entry 5 (line 29): waives right in sandbox once more",
        "expires: ended on 2026-01-01",
        "DEMO_SANDBOX_TOKEN",
    ):
        assert said in run.out
    assert "Traceback" not in run.out
    assert dict(project.product.asked) == {}
    assert project.reports == []


def test_an_item_that_calls_for_a_rollback_is_waived_only_when_that_is_allowed(make: Make) -> None:
    project = make(roll="wrong")
    waive(project, "roll")
    run = project.run("--allow-critical-waivers")
    assert (run.code, run.record["decision"]["told"]) == (
        0,
        f"GO with 1 waiver, which ends on {END}",
    )
    assert "roll [R] failed, waived until" in run.out
