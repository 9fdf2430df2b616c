"""Whatever a check makes can be found again, or is said to remain; and whoever makes it announces it first."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from postdeploy.target_file import environments, load_target

ROOT = Path(__file__).resolve().parents[2]
TARGETS = ROOT / "targets"
PLACES = [
    (path.stem, name)
    for path in sorted(TARGETS.glob("*.toml"))
    for name in environments(TARGETS, path.stem)
]
MAKERS = {"upload", "generate", "begin"}
"""Actions of page objects that make something in the product."""
SESSIONS = {"sign-in", "sign-out", "page"}
"""What makes nothing that stays: sessions end by themselves, and what pages send by themselves is theirs."""
FILES = [*sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "fixtures").rglob("*.py"))]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, ast.AsyncFunctionDef))


def texts(call: ast.Call) -> list[str]:
    return [str(one.value) for one in call.args if isinstance(one, ast.Constant)]


def calls(node: ast.AST, name: str) -> list[ast.Call]:
    return [
        one
        for one in ast.walk(node)
        if isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr == name
    ]


def of(call: ast.Call) -> str:
    """Whose method is called."""
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def declared() -> set[str]:
    """The kinds that checks say they write."""
    found = {kind for path in FILES for call in calls(tree(path), "writes") for kind in texts(call)}
    return found - SESSIONS


def announced() -> set[str]:
    """The kinds that anybody announces by name."""
    return {texts(call)[0] for path in FILES for call in calls(tree(path), "intend") if texts(call)}


def test_there_is_something_to_look_at() -> None:
    assert {"document", "report", "chat", "mail"} <= declared()
    assert {"document", "report", "chat", "mail"} <= announced()


@pytest.mark.parametrize("name", environments(TARGETS, "qumis"))
def test_whatever_is_made_can_be_found_and_removed_or_is_said_to_remain(name: str) -> None:
    there = load_target(TARGETS, "qumis", name, None, []).environment
    kinds = declared() | announced()
    lost = [kind for kind in kinds if kind not in there.leftovers.remains]
    assert [kind for kind in lost if kind not in there.cleanup or kind not in there.sweep] == []
    assert [kind for kind, one in there.sweep.items() if not one.creates] == []


@pytest.mark.parametrize(("system", "name"), PLACES)
def test_what_a_file_says_how_to_remove_it_says_how_to_find(system: str, name: str) -> None:
    there = load_target(TARGETS, system, name, None, []).environment
    assert set(there.cleanup) == set(there.sweep)


def test_whatever_a_check_declares_to_write_somebody_announces() -> None:
    assert declared() - announced() == set()


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_a_page_that_makes_something_is_announced_in_the_same_breath(maker: str) -> None:
    found = 0
    for path in FILES:
        for function in functions(path):
            for call in calls(function, maker):
                if of(call) in ("self", "order"):  # a ReportOrder announces what it makes
                    continue
                found += 1
                before = [one for one in calls(function, "intend") if one.lineno < call.lineno]
                assert before, f"{path.relative_to(ROOT)}:{call.lineno} makes without an intent"
    assert found
