"""`postdeploy cleanup` tells each thing on a calm line, and ends with the code that says what is left."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postdeploy.cleaning import clean, line, summed
from postdeploy.cli import main
from postdeploy.errors import ConfigError
from postdeploy.listing import Thing
from postdeploy.sweep import Swept

ROOT = Path(__file__).resolve().parents[2]


def thing(name: str) -> Thing:
    return Thing("document", "d", name, None, None)


@pytest.mark.parametrize(
    ("swept", "dry", "code", "told"),
    [
        (Swept(), False, 0, "0 removed, 0 left"),
        (Swept(removed=[thing("a")]), False, 0, "1 removed, 0 left"),
        (Swept(left=[(thing("a"), "DELETE answered 403")]), False, 1, "0 removed, 1 left"),
        (Swept(left=[(thing("a"), "")]), True, 1, "1 to remove"),
        (Swept(), True, 0, "0 to remove"),
        (Swept(removed=[thing("a")], unseen=["chats of member 1: no"]), False, 30, "1 removed"),
        (Swept(kept=Counter({"of a run that is still alive": 3})), False, 0, "0 removed, 0 left"),
    ],
)
def test_the_code_says_what_is_left(swept: Swept, dry: bool, code: int, told: str) -> None:
    said: list[str] = []
    assert summed(swept, dry=dry, say=said.append) == code
    assert said[-1].startswith(told)


def test_what_could_not_be_looked_at_and_what_was_kept_is_told() -> None:
    said: list[str] = []
    kept = Counter({"younger than 120 minutes": 2})
    swept = Swept(kept=kept, alike=1, unseen=["chats of member 1: GET answered 500"])
    summed(swept, dry=False, say=said.append)
    assert said[:3] == [
        "  kept: 2 younger than 120 minutes",
        "  kept: 1 with names like ours that belong to other people",
        "  could not look: chats of member 1: GET answered 500",
    ]


@given(st.text(), st.text())
def test_no_name_breaks_a_line_or_drives_the_terminal(name: str, why: str) -> None:
    told = line("removed", thing(name), why)
    assert all(len(one) <= 80 for one in told.splitlines())
    assert len(told.split("\n")) <= 2
    assert "\x1b" not in told


def test_what_is_to_be_mended_is_told_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["cleanup", "--env", "prod", "--dry-run"]) == 4
    told = capsys.readouterr().err
    assert "QUMIS_PROD_MEMBER_PASSWORD: is not set" in told
    assert "Traceback" not in told


def test_an_embedded_deployment_that_does_not_run_has_no_leftovers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POSTDEPLOY_SANDBOX", "http://127.0.0.1:9/addresses.json")
    with pytest.raises(ConfigError, match="no deployment is running"):
        clean(ROOT, "qumis", "sandbox", dry=True, say=print)


def test_where_no_check_makes_anything_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["cleanup", "--system", "balancer", "--env", "sandbox"]) == 0
    assert "no check makes anything there" in capsys.readouterr().out
