"""A product that says nasty things: a whole run, what it prints, and its record in a real browser."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished
from selftests.unit.canary import a_browser, look_at
from selftests.unit.ci_runner import obeyed
from selftests.unit.strangers import SAYINGS

CHECKS = "tests/smoke/test_observations.py"
SAID = "\n".join(SAYINGS).encode("utf-8", "replace").decode("utf-8")
OURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def run(make: Make) -> Finished:
    """Its checks print, log, warn of, show and fail with everything that the product says."""
    project = make(right=SAID, seen=SAID, roll=SAID)
    project.edit(CHECKS, "import os\n", "import logging\nimport os\nimport warnings\n")
    loud = "for tell in (print, logging.warning, warnings.warn, flow.run.warn, flow.run.log):"
    loud = f"{loud}\n            tell(step.observed)"
    loud = f'{loud}\n        step.show("Body", step.observed)\n        step.show(step.observed, step.observed, "link")'
    wrong = 'assert step.observed == "right", '
    project.edit(
        CHECKS, f'{wrong}"the product is not right"', f"{loud}\n        {wrong}step.observed"
    )
    project.edit(CHECKS, '"the probe may not look"', 'await state(flow, "seen")')
    return project.run("-rA", "-vv", "--color=yes", f"--junitxml={project.root}/reports/own.xml")


def test_what_pytest_prints_is_words_and_colours(run: Finished) -> None:
    assert run.code == 20
    assert "FAILED" in OURS.sub("", run.out)
    assert "Captured stdout" in run.out
    assert "warnings summary" in run.out
    assert run.out.count("window.pwned=1") > 10
    assert obeyed(run.out) == []
    words = OURS.sub("", run.out)
    assert obeyed(words) == []
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b\u2066-\u2069]", words)


def test_the_log_of_the_run_is_words(run: Finished) -> None:
    log = (run.folder / "run.log").read_text(encoding="utf-8")
    assert "window.pwned=1" in log
    assert obeyed(log) == []
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", log)


def test_both_junit_files_can_be_read(run: Finished) -> None:
    for path in (run.folder / "junit.xml", run.folder.parent / "own.xml"):
        assert list(ElementTree.parse(path).getroot().iter("testcase"))  # noqa: S314 - our own


def test_allure_is_told_the_kind_of_every_attachment(run: Finished) -> None:
    results = (run.folder / "allure-results").glob("*-result.json")
    steps = [step for path in results for step in json.loads(path.read_text()).get("steps", ())]
    kinds = [one["type"] for step in steps for one in step.get("attachments", ())]
    assert kinds
    assert set(kinds) <= {"text/plain", "image/png"}


def test_the_page_of_the_record_runs_nobodys_script(run: Finished) -> None:
    with a_browser() as browser:
        seen = look_at(browser, run.folder / "record.html")
    assert seen.alive == []
    assert seen.text.count("<script>window.pwned=1</script>") > 5
