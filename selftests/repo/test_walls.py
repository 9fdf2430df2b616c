"""The walls of the house: what may import what, and what must not be anywhere."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("src", "tests", "fixtures", "sandbox", "selftests", "scripts", "bench")
SUITE = ("src", "tests", "fixtures")
LONGEST = 400
PRIVATE = re.compile(r"(127\.0\.0\.1|localhost|.*\.(example|invalid|test))")
NOT_ADDRESSES = {"www.w3.org", ".".join("0000")}
"""What nobody calls: a namespace's host, and the address in a made-up line of a log."""
REGISTRIES = re.compile(
    r"\b(pypi\.org|pythonhosted\.org|registry\.npmjs\.org|npmjs\.com|crates\.io|proxy\.golang\.org"
    r"|rubygems\.org|ghcr\.io|docker\.io|quay\.io|cdn\.playwright\.dev|cdn\.jsdelivr\.net|unpkg\.com)\b"
)


@cache
def tracked() -> tuple[Path, ...]:
    """Files of the project, whether added to git yet or not, but for those that it ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in found if path.is_file())


def python_files(*places: str) -> list[Path]:
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in places
    ]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """Dotted names of everything that a file imports, relative imports excepted."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(paths: list[Path], *names: str) -> list[str]:
    """Which of the files import one of the names, or something within."""
    return [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in paths
        for module in imported(path)
        if any(module == name or module.startswith(f"{name}.") for name in names)
    ]


def calls(path: Path) -> Iterator[str]:
    """Dotted names of everything that a file calls or subscripts, as it writes them."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call | ast.Subscript):
            yield ast.unparse(node.func if isinstance(node, ast.Call) else node.value)


def texts(path: Path) -> Iterator[str]:
    """The texts of a file that are not documentation."""
    documented = {
        id(node.value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree(path)):
        value = getattr(node, "value", None)
        if isinstance(node, ast.Constant) and isinstance(value, str) and id(node) not in documented:
            yield value


def test_there_is_something_to_look_at() -> None:
    assert all(python_files(place) for place in ("src", "tests", "fixtures", "sandbox"))


@pytest.mark.parametrize(
    ("places", "foreign"),
    [
        (SUITE, ("sandbox", "selftests", "bench", "scripts")),
        (("sandbox",), ("postdeploy", "fixtures", "tests", "selftests", "bench", "scripts")),
        (("src",), ("tests", "fixtures")),
        (("fixtures",), ("tests",)),
    ],
    ids=["suite", "sandbox", "src", "fixtures"],
)
def test_nothing_is_shared_across_a_wall(places: tuple[str, ...], foreign: tuple[str, ...]) -> None:
    assert importers(python_files(*places), *foreign) == []


def test_the_stand_in_reads_nothing_that_the_suite_reads() -> None:
    read = re.compile(r"\b(targets|checklists)/|\.toml\b")
    found = [t for path in python_files("sandbox") for t in texts(path) if read.search(t)]
    assert found == []


@pytest.mark.parametrize(
    ("room", "foreign"),
    [
        ("probes", ("postdeploy.settings", "pytest", "playwright", "postdeploy.pages")),
        ("pages", ("postdeploy.settings", "pytest", "postdeploy.probes")),
        ("record", ("postdeploy.settings", "pytest", "playwright", "postdeploy.engine")),
    ],
)
def test_each_room_keeps_to_its_trade(room: str, foreign: tuple[str, ...]) -> None:
    files = [path for path in python_files("src") if room in path.parts]
    assert files
    assert importers(files, *foreign) == []


def test_pages_observe_and_never_expect() -> None:
    pages = [path for path in python_files("src") if "pages" in path.parts]
    judging = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in pages
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assert)
        or (isinstance(node, ast.Name | ast.alias) and getattr(node, "id", "") == "expect")
        or (isinstance(node, ast.alias) and node.name == "expect")
    ]
    assert judging == []


def test_only_the_settings_read_the_process_environment() -> None:
    readers = {
        str(path.relative_to(ROOT / "src" / "postdeploy"))
        for path in python_files("src")
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv"))
        or (isinstance(node, ast.alias) and node.name in ("environ", "getenv"))
    }
    assert readers <= {"settings.py"}


def test_nobody_sleeps_but_the_one_wait_loop() -> None:
    sleepers = {
        f"{path.relative_to(ROOT)}: {call}"
        for path in python_files(*SUITE)
        for call in calls(path)
        if call.split(".")[-1] in ("sleep", "wait_for_timeout")
    }
    assert {sleeper for sleeper in sleepers if "/waiting.py" not in sleeper} == set()


def test_modules_are_named_for_what_they_hold() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "core", "misc", "base_page"}
    assert [path.name for path in python_files(*PLACES) if path.stem in vague] == []


def test_files_can_be_read_at_one_sitting() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in python_files(*PLACES)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    ]
    assert long == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files(*PLACES)
        if tree(path).body and ast.get_docstring(tree(path)) is None
    ]
    assert silent == []


def test_code_of_the_sandbox_and_of_the_tests_calls_only_this_machine() -> None:
    hosts = {
        f"{path.relative_to(ROOT)}: {host}"
        for path in python_files("sandbox", "selftests", "bench")
        for text in texts(path)
        for host in re.findall(r"https?://(?:[^@/\s]*@)?([\w.-]*\w)\b(?!@)", text)
        if not PRIVATE.fullmatch(host) and host not in NOT_ADDRESSES
    }
    assert hosts == set()


def test_nothing_listens_beyond_this_machine() -> None:
    open_to_all = [
        str(path.relative_to(ROOT))
        for path in python_files(*PLACES)
        for text in texts(path)
        if text == ".".join("0000")
    ]
    assert open_to_all == []


def test_no_file_names_a_registry() -> None:
    naming = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in tracked()
        if path != Path(__file__)
        for found in REGISTRIES.finditer(path.read_text(encoding="utf-8", errors="replace"))
    }
    assert naming == set()
