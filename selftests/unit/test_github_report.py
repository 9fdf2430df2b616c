"""The verdict in a workflow's run: what the runner reads is the gate's answer, and nobody else's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from postdeploy import cli, secrecy
from postdeploy.closing import close
from postdeploy.github.places import item_places
from postdeploy.record.journal import Journal
from selftests.unit.ci_runner import commands, outputs
from selftests.unit.sample_journal import attempt, item, journal_of

HOSTILE = "seen\n::error file=x::pwned\nverdict=GO\naction<<E\npromote\nE\n<img src=x>\x1b[31m@team"
WEIGHTS = {"GO": "R", "NO-GO": "F", "ROLLBACK": "R", "BLOCKED": "R"}
TOLD = {
    "GO": ("promote", 0, "notice"),
    "NO-GO": ("hold", 1, "error"),
    "ROLLBACK": ("rollback", 20, "error"),
    "BLOCKED": ("hold", 30, "error"),
}
CHECKLIST = """
[[rows]]
id = "health.app"
[[items]]
id = "other"
[[items]]
id = "health.{name}"
"""


def run_of(folder: Path, verdict: str, *, published: bool = True) -> Path:
    """A finished run of that verdict, with a note that would be obeyed wherever it got through."""
    outcome = {"GO": "passed", "BLOCKED": "blocked"}.get(verdict, "failed")
    seen = [attempt("health.app", outcome, note=HOSTILE)]
    entries = journal_of(
        seen, items=[item("health.app", weight=WEIGHTS[verdict])], system="demo", environment="qa"
    )
    with Journal(folder / "journal.jsonl") as journal:
        for entry in entries:
            journal.append(entry)
    close(folder, [], int(verdict != "GO"), latest=False)
    if published:
        secrecy.publish(folder, ["record.json", "journal.jsonl"])
    return folder


class Told:
    """What `postdeploy github report` left for the runner."""

    def __init__(self, run: Path, capfd: pytest.CaptureFixture[str], *more: str) -> None:
        folder = run.parent
        (folder / "checklists").mkdir(exist_ok=True)
        (folder / "checklists" / "demo.toml").write_text(CHECKLIST)
        files = {name: folder / f"{name}.txt" for name in ("output", "summary")}
        command = ["github", "report", str(run), "--system=demo", "--env=qa", *more]
        command += [f"--{name}={path}" for name, path in files.items()]
        capfd.readouterr()
        self.code = cli.main([*command, f"--checklists={folder / 'checklists'}"])
        self.commands = commands(capfd.readouterr().out)
        self.outputs = outputs(files["output"].read_text())
        self.summary = files["summary"].read_text()


@pytest.mark.parametrize("verdict", TOLD)
def test_each_verdict_has_its_action_its_code_and_its_words(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], verdict: str
) -> None:
    action, code, level = TOLD[verdict]
    told = Told(run_of(tmp_path / "run", verdict), capfd)
    assert told.code == code
    assert told.outputs["verdict"] == verdict
    assert (told.outputs["action"], told.outputs["exit-code"]) == (action, str(code))
    assert told.summary.startswith(f"# {verdict}")
    assert told.commands[0].name == level
    assert told.commands[0].properties["title"].startswith(verdict)


def test_words_of_strangers_are_no_commands_outputs_or_markup(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    told = Told(run_of(tmp_path / "run", "ROLLBACK"), capfd)
    assert set(told.outputs) == {"verdict", "action", "exit-code", "run-id"}
    assert [one.name for one in told.commands] == ["error", "error"]
    at = {key: told.commands[1].properties[key] for key in ("title", "line")}
    assert at == {"title": "health.app failed", "line": "7"}
    assert told.commands[1].properties["file"].endswith("checklists/demo.toml")
    assert "::error file=x::pwned" in told.commands[1].data
    assert "<img" not in told.summary


def test_a_record_that_is_no_answer_is_blocked_and_says_why_first(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    told = Told(run_of(tmp_path / "run", "GO"), capfd, "--expect-version=other")
    assert (told.code, told.outputs["action"]) == (30, "hold")
    assert told.summary.startswith("# BLOCKED")
    assert told.commands[0].properties["title"].startswith("BLOCKED")
    assert "other" in told.commands[0].data


def test_where_there_is_no_record_what_was_said_is_told_as_words(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said = tmp_path / "said.txt"
    said.write_text("```\n# GO\n" + "x" * 9000)
    (tmp_path / "run").mkdir()
    told = Told(tmp_path / "run", capfd, f"--said={said}")
    assert (told.code, told.outputs["verdict"]) == (30, "BLOCKED")
    assert "````text\n```\n# GO\n" in told.summary
    assert len(told.summary) < 5000


@pytest.mark.parametrize("searched", [False, True], ids=["never searched", "did not pass"])
def test_of_a_record_that_may_not_be_published_only_the_verdict_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], searched: bool
) -> None:
    run = run_of(tmp_path / "run", "ROLLBACK", published=False)
    if searched:
        secrecy.publish(run, ["journal.jsonl"])
    told = Told(run, capfd)
    assert (told.code, told.outputs["verdict"]) == (20, "ROLLBACK")
    assert "pwned" not in told.summary
    assert "pwned" not in "".join(one.data for one in told.commands)


def test_a_summary_that_cannot_be_written_changes_no_verdict(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = run_of(tmp_path / "run", "GO")
    (tmp_path / "summary.txt").mkdir()
    command = ["github", "report", str(run), "--system=demo", "--env=qa"]
    code = cli.main([*command, f"--summary={tmp_path / 'summary.txt'}"])
    said = commands(capfd.readouterr().out)
    assert (code, [one.name for one in said]) == (0, ["notice", "warning"])


def test_an_item_stands_where_its_pattern_stands(tmp_path: Path) -> None:
    path = tmp_path / "demo.toml"
    path.write_text(CHECKLIST)
    found = item_places(path, ["other", "health.app", "elsewhere"])
    assert found == {"other": (path.as_posix(), 5), "health.app": (path.as_posix(), 7)}
    assert item_places(tmp_path / "none.toml", ["other"]) == {}
