"""The checklist is expanded for one environment, and its mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from postdeploy.checklist import Checklist, declared_ids, load_checklist, table
from postdeploy.errors import ConfigError
from postdeploy.outcome import Weight
from postdeploy.target import Aws, Environment, Link, Role, Service

HEAD = """
system = "demo"
[[rows]]
id = "1"
title = "1. All"
"""
ENVIRONMENT = Environment(
    links={"one": Link(path="/1", heading="One"), "two": Link(path="/2", heading="Two")},
    features={"charts": True, "tags": False},
)


def item(item_id: str, **more: str) -> str:
    fields = {"id": item_id, "row": "1", "weight": "F", "title": f"about {item_id}", **more}
    return "[[items]]\n" + "".join(f'{key} = "{value}"\n' for key, value in fields.items())


def load(folder: Path, *items: str, environment: Environment = ENVIRONMENT) -> Checklist:
    (folder / "demo.toml").write_text(HEAD + "".join(items))
    return load_checklist(folder, "demo", environment)


def told(folder: Path, *items: str, environment: Environment = ENVIRONMENT) -> str:
    with pytest.raises(ConfigError) as error:
        load(folder, *items, environment=environment)
    return str(error.value)


def test_items_keep_their_order_and_what_the_file_says(tmp_path: Path) -> None:
    checklist = load(tmp_path, item("b", weight="R", remediation="Roll back."), item("a"))
    assert [one.id for one in checklist.items] == ["b", "a"]
    first = checklist.items[0]
    assert (first.weight, first.remediation, first.applicable) == (Weight.R, "Roll back.", True)


def test_a_template_stands_for_one_item_per_entry(tmp_path: Path) -> None:
    checklist = load(tmp_path, item("link.{name}", each="links", title="{name} leads on"))
    assert [(one.id, one.title, one.template) for one in checklist.items] == [
        ("link.one", "one leads on", "link.{name}"),
        ("link.two", "two leads on", "link.{name}"),
    ]


@pytest.mark.parametrize("each", ["tiles", "aws.services"])
def test_an_empty_table_is_not_applicable_and_says_so(tmp_path: Path, each: str) -> None:
    (only,) = load(tmp_path, item("x.{name}", each=each)).items
    assert (only.id, only.applicable) == ("x.*", False)
    assert only.why == f"the target file declares no {each} for this environment"


def test_an_optional_item_follows_the_feature(tmp_path: Path) -> None:
    found = load(tmp_path, item("c", opt="charts"), item("t", opt="tags")).items
    assert [one.applicable for one in found] == [True, False]
    assert found[1].why == "this environment has no tags (features in the target file)"


def test_an_exception_excuses_the_items_that_it_matches(tmp_path: Path) -> None:
    environment = ENVIRONMENT.model_copy(update={"not_applicable": {"link.*": "no web here"}})
    items = (item("link.{name}", each="links"), item("login"))
    found = load(tmp_path, *items, environment=environment).items
    assert [one.applicable for one in found] == [False, False, True]
    assert found[0].why == "no web here"


def test_an_exception_that_matches_nothing_is_told(tmp_path: Path) -> None:
    environment = ENVIRONMENT.model_copy(update={"not_applicable": {"logn": "no"}})
    message = told(tmp_path, item("login"), environment=environment)
    assert "'logn' matches no item" in message
    assert "Did you mean 'login'?" in message


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ((item("a"), item("a")), "item 'a': is there twice. Take one of them out"),
        ((item("a", row="2"),), "item 'a': row '2' is not declared"),
        ((item("a.{name}"),), "needs both {name} in its id and `each`, or neither"),
        ((item("a", each="links"),), "needs both {name} in its id and `each`, or neither"),
        ((item("a", opt="chrts"),), "feature 'chrts' is declared by no environment"),
        ((item("a", weight="X"),), "'items.0.weight'"),
        ((item("A B"),), "'items.0.id'"),
        (
            (item("a.{name}", each="lnks"),),
            "no target file has a table 'lnks'. Did you mean 'links'?",
        ),
        (
            (item("a.{name}", each="aws.servces"),),
            "no target file has a table 'aws.servces'. Did you mean 'aws.services'?",
        ),
        ((item("a", wieght="F"),), "unknown key 'items.0.wieght'. Did you mean 'weight'?"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, items: tuple[str, ...], message: str) -> None:
    assert message in told(tmp_path, *items)


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    message = told(tmp_path, item("a", row="2"), item("b", opt="nothing"))
    assert len(message.splitlines()) == 2


def test_an_item_is_found_by_its_id(tmp_path: Path) -> None:
    checklist = load(tmp_path, item("a"))
    found = checklist.item("a")
    assert found is not None
    assert found.title == "about a"
    assert checklist.item("b") is None


def test_what_a_person_answers_for_is_marked(tmp_path: Path) -> None:
    by_hand = item("a") + "by_hand = true\n"
    assert [one.by_hand for one in load(tmp_path, by_hand, item("b")).items] == [True, False]


def test_declared_ids_are_those_of_every_file_templates_included(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(HEAD + item("a") + item("b.{name}", each="links"))
    (tmp_path / "two.toml").write_text(HEAD + item("c"))
    assert declared_ids(tmp_path) == {"a", "b.{name}", "c"}


@pytest.mark.parametrize(
    ("dotted", "names"),
    [
        ("links", ["one", "two"]),
        ("aws.services", ["api"]),
        ("aws.topics", ["arn:1"]),
        ("aws.queues", []),
        ("integrations.postmark.url", []),
        ("roles", ["member"]),
    ],
)
def test_a_table_is_found_by_its_dotted_name(dotted: str, names: list[str]) -> None:
    aws = Aws(account="1" * 12, region="r", services={"api": Service()}, topics=("arn:1",))
    roles = {"member": Role(organisation="own")}
    environment = ENVIRONMENT.model_copy(update={"aws": aws, "roles": roles})
    assert list(table(environment, dotted)) == names
