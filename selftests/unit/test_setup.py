"""The set-up says what a person has to do, and passes the verdict's exit code through."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from scripts import browser, packages, steps

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the script alone, and a pytest that prints its arguments and ends with 20."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "smoke", tmp_path / "scripts")
    _script(tmp_path / "scripts" / "setup", "exit ${SETUP_CODE:-0}")
    _script(tmp_path / ".venv" / "bin" / "pytest", 'printf "<%s>" "$@"; exit 20')
    return tmp_path


def _script(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _smoke(project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [project / "scripts" / "smoke"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_smoke_ends_with_the_verdict(project: Path) -> None:
    assert _smoke(project).returncode == 20


def test_smoke_reads_quotes_in_args_as_a_shell_does(project: Path) -> None:
    result = _smoke(project, ARGS="--env qa -k 'chat or vault'")
    expected = "<-m><prod_smoke><--env><sandbox><--env><qa><-k><chat or vault>"
    assert result.stdout == expected


@pytest.mark.parametrize("setup_code", ["1", "4", "127"])
def test_smoke_never_reports_a_failed_set_up_as_a_verdict(project: Path, setup_code: str) -> None:
    result = _smoke(project, SETUP_CODE=setup_code)
    assert (result.returncode, result.stdout) == (4, "")


def test_setup_without_a_recent_python_says_which_one_it_found(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "setup", tmp_path / "scripts")
    tools = tmp_path / "tools"
    _script(tools / "python3", 'test "$1" = --version && echo "Python 3.9.6"')
    for tool in ("env", "dirname", "sh"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    result = subprocess.run(
        [tmp_path / "scripts" / "setup"],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 4
    assert "no Python 3.11 or newer was found (Python 3.9.6)" in result.stderr


def test_a_named_browser_that_does_not_start_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTDEPLOY_BROWSER", "/bin/ls")
    with pytest.raises(steps.SetupError, match="POSTDEPLOY_BROWSER is /bin/ls"):
        browser.prepare(ROOT, tmp_path)
    assert not (tmp_path / "browser").exists()


def test_a_noted_browser_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POSTDEPLOY_BROWSER", raising=False)
    (tmp_path / "browser").write_text("/bin/ls\n")
    browser.prepare(ROOT, tmp_path)
    assert not (tmp_path / "setup.log").exists()


def test_a_command_past_its_limit_is_ended_with_its_children(tmp_path: Path) -> None:
    left_running = tmp_path / "left-running"
    command = ["sh", "-c", f"(sleep 0.6; touch {left_running}) & wait"]
    assert not steps.succeeds(command, tmp_path / "log", limit=0.2)
    time.sleep(0.8)
    assert not left_running.exists()


def test_a_command_that_does_not_exist_fails_and_says_so_in_the_log(tmp_path: Path) -> None:
    assert not steps.succeeds(["no-such-command-here"], tmp_path / "log", limit=5)
    assert "no-such-command-here" in steps.last_lines(tmp_path / "log")


def test_packages_are_installed_anew_when_a_requirement_changes(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    before = packages._fingerprint(tmp_path)
    (tmp_path / "constraints.txt").write_text("httpx==0.27\n")
    assert packages._fingerprint(tmp_path) != before
