"""The history in a terminal, and the command that prints it."""

from __future__ import annotations

from pathlib import Path

import pytest

from postdeploy import cli
from postdeploy.history.archive import Archive, Entry, Found
from postdeploy.history.folder import Folder
from postdeploy.history.telling import lines
from selftests.unit.sample_history import course, kept, record_of
from selftests.unit.sample_runs import HOSTILE


def told(runs: list[object], last: int = 20, **found: object) -> str:
    entries = [Entry(run, "records/x.json.gz") for run in runs]  # type: ignore[arg-type]
    return "\n".join(lines(Found(entries, **found), last))  # type: ignore[arg-type]


def test_the_last_runs_are_told_newest_first_and_the_newest_beside_the_earlier_ones() -> None:
    text = told([*course("PPFKF")], last=3)
    assert text.splitlines()[0] == "Qumis · prod: the last 3 of 5 runs, 1 GO, 2 NO-GO"
    assert [line.split()[2] for line in text.splitlines()[3:6]] == ["r4", "r3", "r2"]
    assert "✗ a: new red: green until 2026-11-04 02:00 (run r3)" in text


def test_each_place_is_told_by_itself() -> None:
    runs = [*course("PP"), *course("FF", environment="qa"), *course("P", system="qivr")]
    text = told([*runs], older={("qumis", "qa"): 40})
    heads = [line for line in text.splitlines() if "the last" in line]
    assert [head.partition(":")[0] for head in heads] == [
        "Qumis · prod",
        "Qumis · prod",
        "Qumis · qa",
    ]
    assert "the last 2 of 42 runs" in text
    assert "No earlier run" in text


def test_text_of_strangers_stays_text_and_lines_stay_within_80_columns() -> None:
    text = HOSTILE * 8
    run = kept(1, "F" * 3, run_id=text, version={text: text}, system_title=text)
    shown = told([kept(0, "PFK"), run], passed_over=(text,))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert [line for line in shown.splitlines() if len(line) > 80] == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project whose history is the folder `kept`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POSTDEPLOY_HISTORY", "kept")
    return tmp_path


def test_the_command_prints_what_is_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        Archive(Folder(project / "kept")).keep(record_of(number, "failed" if number else "passed"))
    assert cli.main(["history", "--system", "qumis", "--env", "prod", "--last", "2"]) == 0
    out = capsys.readouterr().out
    assert "the last 2 of 3 runs" in out
    assert "still red since 2026-11-02 02:00 (run r1), 2 runs" in out


def test_the_command_draws_the_page(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Archive(Folder(project / "kept")).keep(record_of(0))
    assert cli.main(["history", "html", "--out", "somewhere/page.html"]) == 0
    assert "somewhere/page.html" in capsys.readouterr().out
    assert "Qumis · prod" in (project / "somewhere" / "page.html").read_text()


@pytest.mark.usefixtures("project")
def test_a_history_without_a_run_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["history"]) == 1
    assert "No run is kept in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "setting", "told"),
    [
        (["history"], "", "POSTDEPLOY_HISTORY: is not set"),
        (["history"], "gs://elsewhere", "POSTDEPLOY_HISTORY: 'gs://elsewhere' is kept nowhere"),
        (["history", "--last", "0"], "kept", "--last: 0 is no number of runs"),
        (["history", "html", "--out", "kept/records"], "kept", "--out: kept/records"),
    ],
)
def test_a_mistake_is_told_with_the_mend(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    setting: str,
    told: str,
) -> None:
    Archive(Folder(project / "kept")).keep(record_of(0))
    monkeypatch.setenv("POSTDEPLOY_HISTORY", setting)
    assert cli.main(arguments) == 4
    assert capsys.readouterr().err.startswith(told)
