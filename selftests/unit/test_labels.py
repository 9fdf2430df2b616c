"""Captions of the product are data: what the pages need, and what is wrong with a target file's."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from postdeploy.errors import ConfigError
from postdeploy.locators.declaration import Caption, Find, as_pattern, captions, declared
from postdeploy.locators.labels import needs
from postdeploy.target_file import load_target

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "src" / "postdeploy" / "pages" / "qumis"
QUMIS = (ROOT / "targets" / "qumis.toml").read_text(encoding="utf-8")


def told(folder: Path, old: str, new: str) -> tuple[str, ...]:
    """What is said of the project's target file once `old` in it is `new`."""
    assert QUMIS.count(old) == 1, f"{old!r} is there {QUMIS.count(old)} times"
    (folder / "qumis.toml").write_text(QUMIS.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_target(folder, "qumis", "sandbox")
    return tuple(map(str, error.value.problems))


def test_the_pages_of_qumis_need_captions_of_every_page() -> None:
    themes = {need.key.partition(".")[0] for need in needs("qumis")}
    assert {"login", "idp", "home", "vault", "viewer", "search", "reports", "chat"} <= themes


def test_a_system_without_pages_needs_none() -> None:
    assert needs("") == ()


def test_an_unknown_package_of_pages_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no package 'qumi'.*Did you mean 'qumis'"):
        needs("qumi")


def test_a_mistyped_label_is_told_from_both_sides(tmp_path: Path) -> None:
    missing, unused = told(tmp_path, 'tools = "Tools"', 'tols = "Tools"')
    assert "'home.tools' is missing, which HomePage needs. Did you mean 'home.tols'?" in missing
    assert "no page uses 'home.tols'. Did you mean 'home.tools'?" in unused
    assert "qumis.toml, labels of sandbox" in missing


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    lines = (
        'pagination = "Pagination"\nposition = "Page {page} of {pages}"\nprevious = "Previous"\n'
    )
    problems = told(tmp_path, lines, 'pagination = " "\n')
    assert len(problems) == 3
    assert "search.pagination: is empty" in problems[-1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"'^\d+ results?$'", "'(results'", "is no regular expression"),
        ('"Page {number}"', '"Page {page}"', "nothing fills in {page}"),
        ('"Sent to {email}"', '"Sent to {email"', "expected '}'"),
    ],
)
def test_an_impossible_caption_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in "\n".join(told(tmp_path, old, new))


def test_one_environment_can_have_a_caption_of_its_own(tmp_path: Path) -> None:
    over = '[environments.sandbox.labels.reports.generate]\nanalysis = "Create report"\n'
    (tmp_path / "qumis.toml").write_text(QUMIS + over, encoding="utf-8")
    target = load_target(tmp_path, "qumis", "sandbox")
    assert target.label("reports.generate.analysis") == "Create report"
    assert target.label("reports.generate.coverage") == "Generate report"


def test_a_form_stands_for_all_that_it_can_become() -> None:
    pattern = as_pattern("Page {page} of {pages}?")
    assert pattern.search("Page 2 of 17?")
    assert not pattern.search("Page 2 of 17")
    assert not pattern.search("Last page 2 of 17?")


def test_a_page_inherits_declarations_and_can_replace_them() -> None:
    class Any:
        heading = Find("heading", "any.heading")
        words = Caption("any.words")

    class One(Any):
        heading = Find("heading", "one.heading")

    assert {name: find.label for name, find in declared(One).items()} == {"heading": "one.heading"}
    assert [caption.key for caption in captions(One).values()] == ["any.words"]


def test_no_locator_goes_by_class_or_test_id() -> None:
    selectors = [
        ast.unparse(node.args[0])
        for path in PAGES.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".locator", "_test_id"))
    ]
    right = re.compile(r"""f'a\[href[$*]?=|'\[aria-current=step\]'""")
    assert [selector for selector in selectors if not right.search(selector)] == []


def test_the_doctors_tour_comes_to_every_page_object() -> None:
    tour = set(vars(importlib.import_module("postdeploy.pages.qumis.tour")))
    bases = {"Shell", "ReportParts", "Conversation"}
    modules = [
        importlib.import_module(f"postdeploy.pages.qumis.{p.stem}") for p in PAGES.glob("*.py")
    ]
    kinds = {
        name
        for module in modules
        for name, kind in vars(module).items()
        if isinstance(kind, type) and kind.__module__ == module.__name__ and declared(kind)
    }
    assert kinds - bases - tour == set()


def test_checks_and_fixtures_hold_no_caption_that_they_look_for() -> None:
    literal = r"""\.label\(\s*f?["']|name=f?["']|get_by_(?!role)\w+\(\s*f?["']|by_test_id"""
    asking = [
        str(path.relative_to(ROOT))
        for place in ("tests", "fixtures")
        for path in (ROOT / place).rglob("*.py")
        if re.search(literal, path.read_text(encoding="utf-8"))
    ]
    assert asking == []
