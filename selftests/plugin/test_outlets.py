"""Whatever a check says, and on whichever way, no secret comes out; and a file that holds one does not go out."""

from __future__ import annotations

import html
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import TOKEN, Finished, Project

SPELLINGS = (TOKEN, json.dumps(TOKEN)[1:-1], html.escape(TOKEN), quote(TOKEN, safe=""), TOKEN[:13])
COOKIE = "3f9a1c77b0de4e529b1d7c44"

TALKATIVE = f'''
"""A check that tells everything it knows, on every way there is."""

import logging
import sys
import warnings

import allure
import httpx
import pytest

from postdeploy.flow import Flow


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers("right")
async def test_talkative(flow: Flow) -> None:
    """Says what it should not."""
    token = flow.secret("TOKEN")
    answer = httpx.Response(200, headers={{"set-cookie": "sid={COOKIE}; Path=/; HttpOnly"}})
    transport = httpx.MockTransport(lambda request: answer)
    from postdeploy.learning import LearningTransport

    async with httpx.AsyncClient(transport=LearningTransport(transport, flow.run.redactor)) as client:
        await client.get("http://127.0.0.1/")
    for said in (token, "{COOKIE}"):
        print("printed", said)
        print("printed", said, file=sys.stderr)
        logging.getLogger("talk").warning("logged %s", said)
        try:
            raise ValueError(said)
        except ValueError:
            logging.getLogger("talk").exception("caught")
        warnings.warn(f"warned of {{said}}", stacklevel=1)
        flow.run.log(f"noted {{said}}")
        flow.run.warn(f"told {{said}}")
    async with flow.check.item("right") as step:
        step.show("Everything", token * 40)
        assert [token, "{COOKIE}"] == [], f"compared {{token}} and {COOKIE}"
'''

BROKEN = '''
"""A file that cannot be collected, and whose lines and values pytest shows."""

import os

token = os.environ["DEMO_SANDBOX_TOKEN"]


def broken() -> None:
    kept = {"token": token}
    raise RuntimeError(f"broken with {token}: {kept}")


broken()
'''

PLANTING = f'''
"""A check that keeps what it should not."""

import pytest

from postdeploy.flow import Flow


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers("right")
async def test_planting(flow: Flow) -> None:
    """Keeps an answer as it was, and a cookie that nobody but this process has seen."""
    flow.run.redactor.learn("{COOKIE}", "cookie sid")
    (flow.run.folder / "evidence" / "cookie.bin").write_text("kept {COOKIE}")
    (flow.run.folder / "evidence" / "answer.bin").write_text("kept " + flow.secret("TOKEN"))
    async with flow.check.item("right"):
        pass
'''


def _with(project: Project, name: str, text: str) -> Project:
    (project.root / "tests" / "smoke" / f"test_{name}.py").write_text(text)
    return project


def _holding(project: Project) -> list[str]:
    """Files that the run has written, and that hold a secret."""
    files = [
        path
        for folder in ("reports", "out")
        for path in (project.root / folder).rglob("*")
        if path.is_file()
    ]
    assert len(files) > 15
    secrets = [spelling.encode() for spelling in (*SPELLINGS, COOKIE)]
    return [str(path) for path in files if any(one in path.read_bytes() for one in secrets)]


@pytest.mark.parametrize(("workers", "capture"), [("0", "fd"), ("0", "no"), ("2", "fd")])
def test_nothing_that_pytest_or_a_plugin_writes_holds_a_secret(
    make: Make, workers: str, capture: str
) -> None:
    project = _with(_with(make(), "talkative", TALKATIVE), "broken", BROKEN)
    run = project.run(
        *("-n", workers, f"--capture={capture}", "-l", "--tb=long", "-rA"),
        *("--junitxml=out/pytest.xml", "-o", "junit_logging=all", "--log-file=out/log.txt"),
        *("--log-file-level=DEBUG", "--continue-on-collection-errors", "--reason", f"for {TOKEN}"),
    )
    assert "RuntimeError: broken with [redacted]" in run.out
    # A worker begins a check while pytest is still busy with the one before.
    assert workers != "0" or "logged [redacted]" in run.out
    assert "warned of [redacted]" in run.out
    assert [spelling for spelling in (*SPELLINGS, COOKIE) if spelling in run.out] == []
    assert _holding(project) == []
    assert "[redacted]" in (project.root / "out" / "pytest.xml").read_text()
    assert "[redacted]" in run.record["command"]
    # The redactor has done it all: there was nothing left to withhold.
    assert not (project.root / "reports" / ".withheld").exists()
    assert "record.json" in _publishable(run)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_file_that_holds_a_secret_does_not_go_out_and_there_is_no_go(
    make: Make, workers: str
) -> None:
    project = _with(make(), "planting", PLANTING)
    run = project.run("-n", workers)
    assert run.code == 30
    assert run.record["verdict"] == "BLOCKED"
    assert "evidence/answer.bin is withheld: it holds a secret (secret TOKEN)." in run.out
    assert "evidence/answer.bin is withheld" in run.record["decision"]["because"]
    assert "evidence/cookie.bin is withheld: it holds a secret (cookie sid)" in str(run.record)
    assert "evidence/answer.bin" not in _publishable(run)
    assert {"record.json", "record.html", "junit.xml", "journal.jsonl"} <= _publishable(run)
    withheld = project.root / "reports" / ".withheld" / run.folder.resolve().name
    assert TOKEN in (withheld / "evidence" / "answer.bin").read_text()
    assert not (run.folder / "evidence" / "answer.bin").exists()


def test_a_rollback_stays_one(make: Make) -> None:
    project = _with(make(roll="wrong"), "planting", PLANTING)
    run = project.run()
    assert run.code == 20
    assert "evidence/answer.bin is withheld" in " ".join(run.record["decision"]["warnings"])


def test_a_partial_run_does_not_end_well(make: Make) -> None:
    project = _with(make(), "planting", PLANTING)
    run = project.run("tests/smoke/test_planting.py")
    assert (run.code, run.record["exit_code"], run.record["verdict"]) == (30, 30, None)


def _publishable(run: Finished) -> set[str]:
    listed = set((run.folder / "publishable.txt").read_text().splitlines())
    assert all(Path(run.folder / name).is_file() for name in listed)
    return listed
