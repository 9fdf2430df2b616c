"""The matrix of items and checks counts what a check answers, what a person does, and what nobody does."""

from __future__ import annotations

from typing import Any

from postdeploy.coverage import coverage_lines


def item(name: str, **changes: Any) -> dict[str, Any]:
    usual = {"row": "1", "weight": "F", "applicable": True, "by_hand": False, "checks": []}
    return {"id": name, "why": "", **usual, **changes}


def lines(*items: dict[str, Any], unasked: tuple[str, ...] = ()) -> list[str]:
    rows = [{"id": "1", "title": "1. All"}]
    return list(coverage_lines({"rows": rows, "items": list(items), "unasked": unasked}))


def test_every_item_is_told_with_who_answers_it() -> None:
    told = lines(
        item("a", checks=["t::a"]),
        item("b", by_hand=True),
        item("c", applicable=False, why="no pages"),
        item("d"),
    )
    assert told[:-2] == [
        "1. All",
        "  F a",
        "      t::a",
        "  F b",
        "      answered by a person",
        "  F c",
        "      not applicable: no pages",
        "  F d",
        "      no check yet",
    ]
    assert told[-2:] == [
        "1 of 3 applicable items have a check, 1 are answered by a person",
        "no check yet: d",
    ]


def test_where_checks_answer_all_nothing_else_is_told() -> None:
    assert lines(item("a", checks=["t::a"]))[-1] == "1 of 1 applicable items have a check"


def test_what_is_declared_and_no_item_asks_for_is_told() -> None:
    told = lines(item("a", checks=["t::a"]), unasked=("aws.queues.jobs",))
    assert told[-1] == "declared, and asked for by no item: aws.queues.jobs"
