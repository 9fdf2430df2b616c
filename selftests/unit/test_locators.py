"""What a page shows is read as roles and names; what a locator lacks is told with what may be meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from postdeploy.cli import main
from postdeploy.locators.declaration import Find
from postdeploy.locators.nearest import Element, candidates, matching, read_snapshot, told
from postdeploy.locators.rendering import as_json, lines, summary
from postdeploy.locators.stop import Stop
from postdeploy.locators.tally import Row
from postdeploy.target import Environment, Target

SNAPSHOT = r"""
- banner:
  - link "Qumis":
    - /url: /
  - button "Mia Member"
- main:
  - heading "Single \"Policy\" Analysis" [level=1]
  - group "Documents":
    - checkbox "policy.pdf" [checked]
  - 'button "Step 1: create report" [disabled]'
  - paragraph: 12 results
  - navigation "Pages":
    - link "Next"
  - navigation "Chats":
    - link "Next"
"""
PAGE = read_snapshot(SNAPSHOT)


def wanted(role: str, words: str, **more: str) -> tuple[Find, str]:
    return Find(role, words=words, **more), words  # type: ignore[arg-type]


def test_a_snapshot_is_read_as_roles_and_names() -> None:
    assert Element("button", "Mia Member", "", "banner") in PAGE
    assert Element("heading", 'Single "Policy" Analysis', "", "main") in PAGE
    assert Element("checkbox", "policy.pdf", "", "group 'Documents'") in PAGE
    assert Element("button", "Step 1: create report", "", "main") in PAGE
    assert Element("paragraph", "", "12 results", "main") in PAGE


@pytest.mark.parametrize(
    ("find", "found"),
    [
        (wanted("button", "Mia Member"), 1),
        (wanted("button", "Mia"), 0),
        (wanted("button", "mia", match="part"), 1),
        (wanted("button", "Step", match="start"), 1),
        (wanted("button", "Step {n}: create report", match="format"), 1),
        (wanted("text", r"^\d+ results?$", match="pattern"), 1),
        (wanted("control", "Next"), 2),
        (wanted("field", "policy.pdf"), 0),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_declaration_means_what_its_role_and_caption_say(
    find: tuple[Find, str], found: int
) -> None:
    assert len(matching(*find, PAGE)) == found


def test_what_no_other_locator_finds_comes_nearest() -> None:
    taken = [Element("button", "Mia Member", "", "banner")]
    find, words = wanted("button", "Make Member")
    assert next(iter(candidates(find, words, PAGE, ()))).name == "Mia Member"
    assert next(iter(candidates(find, words, PAGE, taken))).name == "Step 1: create report"


def test_another_role_of_that_name_is_offered_too() -> None:
    near = candidates(*wanted("tab", "documents"), PAGE, ())
    assert [str(one) for one in near] == ["group 'Documents'"]


def test_equal_elements_are_told_apart_by_what_they_stand_in() -> None:
    twice = matching(*wanted("link", "Next"), PAGE)
    assert list(told(twice)) == [
        "link 'Next' in navigation 'Pages'",
        "link 'Next' in navigation 'Chats'",
    ]


class Vaults:
    """A page object with a variant."""

    upload = Find("field", words="Upload", on=("my",))
    restore = Find("button", words="Restore", on=("trash",))
    tab = Find("tab", words="Trash")

    def __init__(self, variant: str) -> None:
        self.variant = variant
        environment = Environment()
        self.target = Target(system="s", title="S", name="e", file="f", environment=environment)


def test_a_variant_of_a_page_has_its_own_locators() -> None:
    further = {"tile": Find("link", words="Claims")}
    assert set(Stop("documents", Vaults("trash"), further).finds()) == {"restore", "tab", "tile"}  # type: ignore[arg-type]
    assert set(Stop("documents", Vaults("my")).finds()) == {"upload", "tab"}  # type: ignore[arg-type]
    assert Stop("viewer", missing="there is no document").finds() == {}


ROWS = [
    Row("home", "banner", "banner", "one", 1, "OK"),
    Row("home", "tools", "list 'Tools'", "one", 0, "none", "", ("list 'Toolbox'",), "home.tools"),
    Row("home", "menu", "menuitem 'Sign out'", "later", 0, "after an action"),
    Row("chat", "banner", "banner", "one", 1, "OK"),
    Row("viewer", "", "", "", 0, "not reached", "there is no document"),
    Row("links", "next", "link 'Next'", "one", 2, "several", "", ("link 'Next' in main",)),
]


def test_locators_are_told_page_by_page_and_repeated_only_where_they_are_wrong() -> None:
    assert list(lines(ROWS)) == [
        "home",
        "  OK               banner: banner (1)",
        "  none             tools: list 'Tools' (0)",
        "                   label: home.tools",
        "                   nearest: list 'Toolbox'",
        "  after an action  menu: menuitem 'Sign out'",
        "chat: as above",
        "viewer",
        "  not reached      there is no document",
        "links",
        "  several          next: link 'Next' (2)",
        "                   these: link 'Next' in main",
    ]


def test_no_line_is_wider_than_a_terminal() -> None:
    long = Row("home", "x" * 30, f"link '{'word ' * 40}'", "one", 0, "none", "", ("b " * 90,))
    assert max(map(len, lines([long]))) <= 80


def test_the_last_line_counts_what_became_of_them() -> None:
    assert summary(ROWS) == (
        "5 locators on 3 pages: 2 OK, 1 none, 1 several, 1 after an action, 1 not reached"
    )


def test_as_json_nothing_is_left_out() -> None:
    rows = json.loads(as_json(ROWS))
    assert len(rows) == len(ROWS)
    assert [row["wrong"] for row in rows] == [False, True, False, False, False, True]


def test_an_open_environment_ends_the_doctor_with_the_code_for_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    assert main(["doctor", "--locators", "--env", "qa"]) == 4
    assert "[environments.qa]" in capsys.readouterr().err
