"""What is not ready is refused: with file, key and mend, no traceback, no report, and never a green."""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished, Project


@dataclass(frozen=True)
class Refusal:
    """A mistake, and what must be told about it."""

    told: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    file: str = ""
    old: str = ""
    new: str = ""


TARGET, CHECKLIST = "targets/demo.toml", "checklists/demo.toml"
REFUSALS = {
    "unknown environment": Refusal(
        ("demo.toml, [environments]", "no environment 'sandbx'", "Did you mean 'sandbox'?"),
        arguments=("--env", "sandbx"),
    ),
    "environment of a variable that is not set": Refusal(
        ("argument --env: is empty: the variable behind it is probably not set",),
        arguments=("-m", "prod_smoke", "--gate", "--env", ""),
    ),
    "version of a variable that is not set": Refusal(
        ("argument --expect-version: is empty",), arguments=("--expect-version= ",)
    ),
    "marker of a variable that is not set": Refusal(
        ("-m: is empty", "the sandbox would be looked at"), arguments=("--gate", "-m", "")
    ),
    "unknown system": Refusal(
        ("there is no system 'dem'", "Did you mean 'demo'?"), arguments=("--system", "dem")
    ),
    "unknown item": Refusal(
        ("--items: 'rol' is no item of", "demo.toml", "Did you mean 'roll'?"),
        arguments=("--items", "right,rol"),
    ),
    "item that is not applicable": Refusal(
        ("--items: 'extra' is not applicable here",), arguments=("--items", "extra")
    ),
    "run that is not there": Refusal(
        ("--items run:", "reports/none: has no record that can be read", "reports/<run id>"),
        arguments=("--items", "run:reports/none"),
    ),
    "unknown key in the target": Refusal(
        ("unknown key 'bounds.chek_seconds'", "Did you mean 'check_seconds'?"),
        file=TARGET,
        old="check_seconds",
        new="chek_seconds",
    ),
    "exception that matches nothing": Refusal(
        ("not_applicable", "'door.rom' matches no item", "Did you mean 'door.room'?"),
        file=TARGET,
        old="protected = true",
        new="protected = true\n[environments.sandbox.not_applicable]\n'door.rom' = 'none here'",
    ),
    "unknown feature": Refusal(
        ("item 'extra'", "feature 'extra' is declared by no environment", "[defaults.features]"),
        file=CHECKLIST,
        old='opt = "extras"',
        new='opt = "extra"',
    ),
    "write at an address that is not there": Refusal(
        ("writes.thing of sandbox", 'at names "apj", which is no address', "Did you mean 'api'?"),
        file=TARGET,
        old='requests = ["POST /things"]',
        new='requests = ["POST /things"]\nat = "apj"',
    ),
    "write that is no request": Refusal(
        ("writes.thing.requests.0", "Mend the value"),
        file=TARGET,
        old='"POST /things"',
        new='"/things"',
    ),
    "browser that cannot be held back": Refusal(
        ("--browser firefox", "cannot be held back"), arguments=("--browser", "firefox")
    ),
    "token on the command line": Refusal(
        (
            "--browser-endpoint: carries a login or a query",
            "Put it into POSTDEPLOY_BROWSER_ENDPOINT",
        ),
        arguments=("--browser-endpoint", "wss://grid.example/?token=abcdefgh"),
    ),
    "looser bound": Refusal(
        ("check_seconds = 61 is looser", "at most 60"), arguments=("--bound", "check_seconds=61")
    ),
}


@pytest.fixture(scope="module")
def refused(make: Make) -> Mapping[str, tuple[Project, Finished]]:
    """One run for each mistake; all are started together."""
    started = []
    for name, refusal in REFUSALS.items():
        project = make()
        if refusal.file:
            # Only the first: a checklist repeats its words.
            file = project.root / refusal.file
            file.write_text(file.read_text().replace(refusal.old, refusal.new, 1))
        started.append((name, project, project.start(*refusal.arguments)))
    return {name: (project, project.end(process)) for name, project, process in started}


@pytest.mark.parametrize("mistake", REFUSALS)
def test_a_mistake_is_told_with_its_place_and_its_mend(
    refused: Mapping[str, tuple[Project, Finished]], mistake: str
) -> None:
    project, run = refused[mistake]
    assert [told for told in REFUSALS[mistake].told if told not in run.out] == []
    assert (run.code, "Traceback" in run.out, project.reports) == (4, False, [])


@pytest.fixture(scope="module")
def unset(make: Make) -> tuple[Project, Finished, float]:
    """A run without its secrets, and the processor seconds that it took."""
    project = make()
    project.edit("targets/demo.toml", '["TOKEN"]', '["TOKEN", "KEY"]')
    project.environment.clear()
    before = _spent()
    run = project.run()
    return project, run, _spent() - before


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_missing_secrets_are_told_all_together(unset: tuple[Project, Finished, float]) -> None:
    _, run, _ = unset
    assert run.code == 4
    assert re.findall(r"DEMO_SANDBOX_\w+: is not set", run.out) == [
        "DEMO_SANDBOX_TOKEN: is not set",
        "DEMO_SANDBOX_KEY: is not set",
    ]


def test_missing_secrets_leave_no_report_and_nothing_that_looks_like_success(
    unset: tuple[Project, Finished, float],
) -> None:
    project, run, _ = unset
    assert project.reports == []
    assert "nothing was run" in run.out
    assert not re.search("GO|passed|Traceback", run.out)


def test_missing_secrets_are_told_at_once(unset: tuple[Project, Finished, float]) -> None:
    assert unset[2] < 3


MISTAKEN = """
import pytest
from postdeploy.flow import Flow

@pytest.mark.covers("rigt")
async def test_of_an_unknown_item(flow: Flow) -> None:
    pass

async def test_of_no_item(flow: Flow) -> None:
    pass

@pytest.mark.covers("right")
def test_that_is_not_async(flow: Flow) -> None:
    pass

@pytest.mark.covers("right")
async def test_with_a_fixture(flow: Flow, tmp_path) -> None:
    pass

@pytest.mark.skip(reason="not now")
@pytest.mark.covers("right")
async def test_that_is_skipped(flow: Flow) -> None:
    pass

@pytest.mark.each("lnks")
@pytest.mark.covers("link.{name}")
async def test_of_no_table(flow: Flow, name: str) -> None:
    pass
"""


@pytest.fixture(scope="module")
def mistaken_runs(make: Make) -> dict[str, tuple[Project, Finished]]:
    """Runs in which one file of checks has every mistake, and a failure is no more than a warning."""
    started = {}
    for workers in ("0", "2"):
        project = make(warn="wrong")
        (project.root / "tests/smoke/test_mistaken.py").write_text(MISTAKEN)
        started[workers] = (project, project.start("-n", workers))
    return {name: (project, project.end(process)) for name, (project, process) in started.items()}


@pytest.fixture(params=["0", "2"], ids=["alone", "two-workers"])
def mistaken(
    request: pytest.FixtureRequest, mistaken_runs: dict[str, tuple[Project, Finished]]
) -> Finished:
    """One of them."""
    return mistaken_runs[request.param][1]


@pytest.mark.parametrize(
    "told",
    [
        "test_of_an_unknown_item: no checklist has an item 'rigt'. Did you mean 'right'?",
        "test_of_no_item: names no checklist item. Add @pytest.mark.covers(…).",
        "test_that_is_not_async: a check is an `async def` that takes `flow`.",
        "test_with_a_fixture: a check takes `flow` and its parameters; this one takes tmp_path.",
        "test_that_is_skipped: a check is never marked skip. Say under [not_applicable]",
        "test_of_no_table[none]: no target file has a table 'lnks'. Did you mean 'links'?",
    ],
)
def test_mistakes_of_checks_are_told_together(mistaken: Finished, told: str) -> None:
    assert told in mistaken.out
    assert "Traceback" not in mistaken.out


def test_a_mistaken_check_is_never_a_go(mistaken: Finished) -> None:
    # pytest says 2; under xdist it says 1, and the verdict takes its place.
    assert mistaken.code in (2, 30)
    assert mistaken.record["verdict"] == "BLOCKED"
    assert "test_mistaken.py is blocked" in mistaken.record["decision"]["because"]


def test_nothing_is_started_beside_a_mistaken_check(
    mistaken_runs: dict[str, tuple[Project, Finished]],
) -> None:
    project, run = mistaken_runs["0"]
    assert (run.code, dict(project.product.asked)) == (2, {})


def test_nothing_collected_is_not_a_success(make: Make) -> None:
    run = make().run("-k", "no_such_check")
    assert run.code == 5
    assert run.record["verdict"] is None


def test_a_folder_that_leads_pytest_astray_is_told(make: Make, tmp_path: Path) -> None:
    """pytest would look for its configuration in a folder that is there, and run the checks as tests of its own."""
    project = make()
    run = project.run("--reports", str(tmp_path))
    assert (run.code, dict(project.product.asked), list(tmp_path.iterdir())) == (4, {}, [])
    assert "Write --reports=FOLDER, with an equals sign" in run.out


def test_python_without_assertions_is_refused(make: Make) -> None:
    """Outside the test modules, which pytest rewrites, nothing would judge any more."""
    project = make(roll="wrong")
    project.environment["PYTHONOPTIMIZE"] = "1"
    run = project.run("--gate")
    assert (run.code, project.reports, dict(project.product.asked)) == (4, [], {})
    assert "drops the assertions that judge; nothing was run. Unset PYTHONOPTIMIZE" in run.out


def test_a_project_without_the_key_is_left_alone(make: Make) -> None:
    project = make()
    project.edit("pyproject.toml", 'postdeploy_targets = "targets"\n', "")
    (project.root / "test_plain.py").write_text("def test_plain() -> None:\n    assert True\n")
    run = project.run("test_plain.py")
    assert (run.code, project.reports, os.path.lexists(run.folder)) == (0, [], False)
