"""Pytest's own words are held back unless somebody asks for them, and a command begins as it was typed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from postdeploy.calm import called_as, is_calm


def config(*arguments: str, verbose: int = 0, collectonly: bool = False) -> pytest.Config:
    option = SimpleNamespace(verbose=verbose, collectonly=collectonly)
    params = SimpleNamespace(args=arguments, dir=Path.cwd())
    return SimpleNamespace(option=option, invocation_params=params)  # type: ignore[return-value]


@pytest.mark.parametrize(
    "arguments",
    ["", "-q", "-x", "-m prod_smoke", "-kvault", "-n2", "--reports=x", "-p no:x", "--read-only"],
)
def test_it_is_calm_unless_asked(monkeypatch: pytest.MonkeyPatch, arguments: str) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    assert is_calm(config(*arguments.split()))


@pytest.mark.parametrize(
    "argument", ["-rA", "-s", "-xs", "-l", "--tb=long", "--pdb", "--capture=no"]
)
def test_who_asks_is_told(monkeypatch: pytest.MonkeyPatch, argument: str) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    assert not is_calm(config(argument))
    monkeypatch.setenv("PYTEST_ADDOPTS", argument)
    assert not is_calm(config())


def test_neither_verbose_nor_collecting_is_calm() -> None:
    assert not is_calm(config(verbose=1))
    assert not is_calm(config(collectonly=True))


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (".venv/bin/pytest", [".venv/bin/pytest"]),
        ("/usr/lib/site-packages/pytest/__main__.py", ["bin/python", "-m", "pytest"]),
        ("/opt/an-editor/runs-tests.py", ["pytest"]),
    ],
)
def test_a_command_begins_as_this_one_did(
    monkeypatch: pytest.MonkeyPatch, first: str, told: list[str]
) -> None:
    monkeypatch.setenv("PATH", "")  # else an activated environment's would be found by their names
    monkeypatch.setattr(sys, "argv", [first])
    monkeypatch.setattr(sys, "executable", str(Path.cwd() / "bin/python"))
    assert called_as(config()) == told


def test_what_the_shell_finds_is_called_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "pytest"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert called_as(config()) == ["pytest"]
