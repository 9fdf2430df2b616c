"""Each way on which pytest and Allure tell of a run goes through the redactor; workers tell what they have learned."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import allure_commons
import pytest
from allure_commons import model2
from allure_commons.logger import AllureFileLogger

from postdeploy.outlets import CleanStream, Outlets, clean_writes, files_elsewhere
from postdeploy.redact import MASK, Redactor

TOKEN = "tok-9f8e7d6c5b4a39281706f5e4"


@pytest.fixture
def redactor() -> Redactor:
    known = Redactor()
    known.learn(TOKEN, "bearer token")
    return known


@pytest.fixture
def outlets(redactor: Redactor) -> Iterator[Outlets]:
    """Those of a controller, given back in the end."""
    before = logging.getLogRecordFactory()
    made = Outlets(redactor, on_worker=False)
    yield made
    made.pytest_unconfigure()
    logging.setLogRecordFactory(before)


def report(**changes: Any) -> pytest.TestReport:
    told: dict[str, Any] = {"longrepr": None, "when": "call", "outcome": "failed", "sections": []}
    return pytest.TestReport("a.py::a", ("a.py", 1, "a"), {}, **{**told, **changes})


def passed_through(outlets: Outlets, made: pytest.TestReport) -> pytest.TestReport:
    hook = outlets.pytest_runtest_makereport()
    next(hook)
    with pytest.raises(StopIteration) as ended:
        hook.send(made)
    returned: pytest.TestReport = ended.value.value
    return returned


def test_a_stream_is_cleaned_and_is_else_the_stream_that_it_was(redactor: Redactor) -> None:
    inner = io.StringIO()
    stream = CleanStream(inner, redactor)
    assert stream.write(f"seen {TOKEN}\n") == len(f"seen {TOKEN}\n")
    assert inner.getvalue() == f"seen {MASK}\n"
    assert stream.isatty() is False


@pytest.mark.parametrize(
    "longrepr",
    [f"broken with {TOKEN}", ("a.py", 3, f"Skipped: {TOKEN}")],
    ids=["failed", "skipped"],
)
def test_a_report_is_cleaned(outlets: Outlets, longrepr: Any) -> None:
    told = passed_through(
        outlets, report(longrepr=longrepr, sections=[("Captured stdout call", f"printed {TOKEN}")])
    )
    assert MASK in str(told.longrepr)
    assert TOKEN not in str(told._to_json())
    assert told.capstdout == f"printed {MASK}"


def test_what_a_worker_has_learned_travels_with_its_report_and_no_further(
    outlets: Outlets, redactor: Redactor
) -> None:
    on_worker = Redactor()
    worker = Outlets(on_worker, on_worker=True)
    on_worker.learn("sid-3f9a1c77b0de4e52", "cookie sid")
    sent = passed_through(worker, report())
    worker.pytest_runtest_logreport(sent)  # xdist's own hook, which sends it, comes after this one
    arrived = pytest.TestReport._from_json(json.loads(json.dumps(sent._to_json())))
    outlets.pytest_runtest_logreport(arrived)
    assert "sid-3f9a" not in str(vars(arrived))
    assert redactor.clean("seen sid-3f9a1c77b0de4e52") == f"seen {MASK}"
    assert redactor.kinds_in(b"seen sid-3f9a1c77b0de4e52") == {"cookie sid"}
    # What has been told once is not told again.
    assert "sid-3f9a" not in str(passed_through(worker, report())._to_json())


def test_a_log_record_is_cleaned_with_its_arguments_and_its_exception(outlets: Outlets) -> None:
    outlets._clean_log_records()
    written = io.StringIO()
    logger = logging.getLogger("selftest.outlets")
    logger.addHandler(logging.StreamHandler(written))
    try:
        int(TOKEN)
    except ValueError:
        logger.exception("could not use %s", TOKEN)
    assert f"could not use {MASK}" in written.getvalue()
    assert f"ValueError: invalid literal for int() with base 10: '{MASK}'" in written.getvalue()
    assert TOKEN not in written.getvalue()


def test_a_stream_is_cleaned_for_those_who_hold_it_already(
    redactor: Redactor, tmp_path: Path
) -> None:
    with (tmp_path / "stderr").open("w") as stream:
        clean_writes(stream, redactor)
        print("said", TOKEN, file=stream)
        warnings_written = warnings.formatwarning(f"seen {TOKEN}", UserWarning, "a.py", 1)
        stream.write(warnings_written)
    assert (tmp_path / "stderr").read_text().count(MASK) == 2
    assert TOKEN not in (tmp_path / "stderr").read_text()


def test_a_warning_is_cleaned(outlets: Outlets) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(f"seen {TOKEN}", stacklevel=1)
        warnings.warn("nothing special", DeprecationWarning, stacklevel=1)
    for one in caught:
        outlets.pytest_warning_recorded(one)
    assert [str(one.message) for one in caught] == [f"seen {MASK}", "nothing special"]
    assert isinstance(caught[1].message, DeprecationWarning)


def test_allures_results_and_attachments_are_cleaned(outlets: Outlets, tmp_path: Path) -> None:
    logger = AllureFileLogger(tmp_path)  # type: ignore[no-untyped-call,unused-ignore]
    outlets._clean_allure(logger)
    result = model2.TestResult(
        uuid="1", name="a", parameters=[model2.Parameter(name="p", value=repr(TOKEN))]
    )
    result.statusDetails = model2.StatusDetails(message=f"ValueError: {TOKEN}", trace=f"E {TOKEN}")
    result.steps = [
        model2.TestStepResult(name=f"step {TOKEN}", attachments=[model2.Attachment(name=TOKEN)])
    ]
    allure_commons.plugin_manager.register(logger)
    try:
        allure_commons.plugin_manager.hook.report_result(result=result)
        allure_commons.plugin_manager.hook.report_attached_data(
            body=f"kept {TOKEN}", file_name="1-attachment.txt"
        )
    finally:
        allure_commons.plugin_manager.unregister(logger)
    (written,) = tmp_path.glob("*-result.json")
    assert written.read_text().count(MASK) == 5
    assert TOKEN not in written.read_text()
    assert (tmp_path / "1-attachment.txt").read_text() == f"kept {MASK}"


def test_files_that_a_run_has_put_elsewhere_are_known(tmp_path: Path) -> None:
    run, out = tmp_path / "reports" / "r1", tmp_path / "out"
    run.mkdir(parents=True)
    (out / "allure").mkdir(parents=True)
    for path in (run / "inside.xml", out / "junit.xml", out / "allure" / "1.json"):
        path.write_text("x")
    options = {
        "xmlpath": out / "junit.xml",
        "log_file": run / "inside.xml",
        "allure_report_dir": out / "allure",
        "htmlpath": out / "never.html",
    }
    config = SimpleNamespace(getoption=lambda name, default: options.get(name, default))
    found = files_elsewhere(config, run, 0.0)  # type: ignore[arg-type]
    assert found == [out / "junit.xml", out / "allure" / "1.json"]
    assert files_elsewhere(config, run, 4e9) == []  # type: ignore[arg-type]
