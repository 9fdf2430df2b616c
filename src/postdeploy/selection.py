"""Which items each check answers, which checks a run takes, and what it therefore does not look at."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from postdeploy.checklist import Checklist, Item, misnamed_table, table
from postdeploy.division import Part, Place, Shard, taken
from postdeploy.errors import nearest
from postdeploy.facts import Stage
from postdeploy.options import PROD_SMOKE
from postdeploy.outcome import Weight
from postdeploy.policy import READ_ONLY_KINDS
from postdeploy.target import Environment, Target
from postdeploy.ticket import Ticket

MARKERS = (
    f"{PROD_SMOKE}: approved for production environments",
    "readonly: changes nothing in the product",
    "writes(*kinds): the kinds of things that the check makes or changes",
    "covers(*items): the checklist items that the check answers, in the order of its steps",
    "each(table): run once for each entry of that table of the environment, as the argument `name`",
    "soaking: keeps looking when all flows have ended, for as long as --soak says",
    "closing: runs when all other checks have ended",
    "last: runs when the closing checks have ended as well",
    "every_shard: runs in each part of a divided run, for it judges what its own process did or looked at",
)
_NOTHING = pytest.param(None, id="none")


def covered_templates(function: Any) -> tuple[str, ...]:
    """Ids in the check's `covers` marker, as written."""
    marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "covers"]
    return tuple(str(item) for mark in marks for item in mark.args)


def covers(item: pytest.Item) -> tuple[str, ...]:
    """Ids that this (parametrized) check answers."""
    mark = item.get_closest_marker("covers")
    name = params(item).get("name")
    ids = mark.args if mark else ()
    return tuple(str(i).replace("{name}", str(name)) if name else str(i) for i in ids)


def params(item: pytest.Item) -> Mapping[str, Any]:
    """The check's parameters."""
    callspec = getattr(item, "callspec", None)
    return dict(callspec.params) if callspec is not None else {}


def is_check(item: object) -> bool:
    """Whether the item is a check of ours: a coroutine function."""
    return isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj)


def parametrize_each(metafunc: pytest.Metafunc, environment: Environment) -> None:
    """Give a check marked `each(table)` its argument `name`, once for each entry."""
    mark = metafunc.definition.get_closest_marker("each")
    if mark is None:
        return
    names = list(table(environment, str(mark.args[0])))
    metafunc.parametrize("name", [pytest.param(n, id=n) for n in names] or [_NOTHING])


def has_nothing_to_look_at(item: pytest.Item) -> bool:
    """Whether the check is parametrized over a table that this environment leaves empty."""
    return item.get_closest_marker("each") is not None and params(item).get("name") is None


def mistakes(items: Iterable[object], known: frozenset[str]) -> Iterator[str]:
    """What is wrong with the checks' declarations, a sentence each."""
    for item in items:
        if isinstance(item, pytest.Function):
            yield from _mistakes(item, known)


def _mistakes(item: pytest.Function, known: frozenset[str]) -> Iterator[str]:
    where = item.nodeid
    if not inspect.iscoroutinefunction(item.obj):
        yield f"{where}: a check is an `async def` that takes `flow`."
        return
    extra = set(item.fixturenames) - {"flow", "request", *params(item), *_autouse(item)}
    if extra or "flow" not in item.fixturenames:
        named = ", ".join(sorted(extra)) or "no `flow`"
        yield f"{where}: a check takes `flow` and its parameters; this one takes {named}."
    ids = covered_templates(item.obj)
    if not ids:
        yield f"{where}: names no checklist item. Add @pytest.mark.covers(…)."
    for item_id in ids:
        if item_id not in known:
            yield f"{where}: no checklist has an item {item_id!r}. {nearest(item_id, known)}"
    yield from _mistaken_marks(item)


def undeclared_writes(items: Iterable[object], target: Target) -> Iterator[str]:
    """Kinds of writes that checks declare and the target file does not, and checks that read only and write."""
    kinds = target.environment.writes
    for item in items:
        if isinstance(item, pytest.Function):
            for kind in sorted(writes(item) - set(kinds)):
                hint = nearest(kind, kinds) or "Name the requests that it consists of"
                lacks = f"{target.file} declares no [writes.{kind}] for {target.name}"
                yield f"{item.nodeid}: {lacks}. {hint}"
            if item.get_closest_marker("readonly") and (more := writes(item) - READ_ONLY_KINDS):
                told = ", ".join(sorted(more))
                yield f"{item.nodeid}: is marked readonly, and declares writes ({told})."


def _mistaken_marks(item: pytest.Function) -> Iterator[str]:
    for mark in item.iter_markers():
        if mark.name in ("skip", "skipif", "xfail"):
            mend = "Say under [not_applicable] of the target file what an environment lacks"
            yield f"{item.nodeid}: a check is never marked {mark.name}. {mend}."
        if mark.name == "each" and (hint := misnamed_table(str(mark.args[0]))):
            yield f"{item.nodeid}: no target file has a table {mark.args[0]!r}. {hint}"


def _autouse(item: pytest.Function) -> set[str]:
    return set(item.fixturenames) - set(inspect.signature(item.obj).parameters)


@dataclass(frozen=True)
class Split:
    """The collected checks, divided."""

    kept: list[pytest.Item]
    not_applicable: list[pytest.Item]
    out_of_scope: list[pytest.Item]


def split(
    items: Sequence[pytest.Item],
    checklist: Checklist,
    *,
    only_production: bool,
    read_only: bool,
) -> Split:
    """Divide the checks by what the environment has, and by what the run may do there."""
    kept, absent, outside = [], [], []
    applicable = {item.id for item in checklist.items if item.applicable}
    for item in items:
        if has_nothing_to_look_at(item) or not applicable & set(covers(item)):
            absent.append(item)
        elif _refused(item, only_production=only_production, read_only=read_only):
            outside.append(item)
        else:
            kept.append(item)
    kept.sort(key=stage)
    return Split(kept, absent, outside)


def _refused(item: pytest.Item, *, only_production: bool, read_only: bool) -> bool:
    if only_production and item.get_closest_marker(PROD_SMOKE) is None:
        return True
    return read_only and item.get_closest_marker("readonly") is None


def ticket(
    item: pytest.Function, checklist: Checklist, seconds: float, waived: Iterable[str] = ()
) -> Ticket:
    """The check as the engine runs it; items that are not applicable are left out of its answers."""
    applicable = {i.id for i in checklist.items if i.applicable}
    light = frozenset(i.id for i in checklist.items if i.weight is Weight.W).union(waived)
    return Ticket(
        id=item.nodeid,
        function=item.obj,
        params=params(item),
        covers=tuple(i for i in covers(item) if i in applicable),
        title=title(item),
        stage=stage(item),
        seconds=seconds,
        light=light,
        grants=writes(item),
    )


def writes(item: pytest.Item) -> frozenset[str]:
    """The kinds of writes that the check declares."""
    return frozenset(str(kind) for mark in item.iter_markers("writes") for kind in mark.args)


def stage(item: pytest.Item) -> Stage:
    """When the check's turn comes, by its marker."""
    marked = {"soaking": Stage.SOAK, "closing": Stage.CLOSING, "last": Stage.LAST}
    stages = [stage for name, stage in marked.items() if item.get_closest_marker(name) is not None]
    return max(stages, default=Stage.FLOWS)


def part(item: pytest.Item) -> Part:
    """The check as it is placed when a run is divided."""
    if item.get_closest_marker("every_shard") is not None:
        return Part(item.nodeid, Place.EVERYWHERE)
    return Part(item.nodeid, Place.TOGETHER if stage(item) > Stage.FLOWS else Place.ANYWHERE)


def of_shard(
    in_scope: Sequence[pytest.Item], took: Mapping[str, float], shard: Shard
) -> tuple[list[pytest.Item], dict[str, Any]]:
    """The checks that a shard takes, and the journal's entry on what it takes and leaves to others."""
    mine = taken([part(item) for item in in_scope], took, shard)
    names = [item.nodeid for item in in_scope]
    division = {
        "kind": "shard",
        "index": shard.index,
        "of": shard.of,
        "checks": [name for name in names if name in mine],
        "others": [name for name in names if name not in mine],
    }
    return [item for item in in_scope if item.nodeid in mine], division


def title(item: pytest.Function) -> str:
    """The first line of the check's docstring, with the parameter that it is run for."""
    lines = (inspect.getdoc(item.obj) or item.name).splitlines()
    name = params(item).get("name")
    return f"{lines[0]} ({name})" if name else lines[0]


def plan(
    checklist: Checklist,
    collected: Sequence[pytest.Item],
    in_scope: Sequence[pytest.Item],
    *,
    whole: bool,
) -> dict[str, Any]:
    """The journal's plan: every row and item, who answers it, and whether it is in this run's scope.

    Only a `whole` collection (no paths on the command line) can tell that an item has no check.
    """
    answering, scope = _answering(collected), _answering(in_scope)
    items = [_planned(item, answering, scope, whole=whole) for item in checklist.items]
    rows = [{"id": row.id, "title": row.title} for row in checklist.rows]
    unasked = _unasked(checklist, collected)
    return {"kind": "plan", "rows": rows, "items": items, "selected": [], "unasked": unasked}


def selected(
    planned: Mapping[str, Any], items: Sequence[pytest.Item], clean: Callable[[str], str]
) -> dict[str, list[str]]:
    """What the plan says once the checks are finally selected: which, as entries name them, and for which items."""
    chosen = {item_id for item in items for item_id in covers(item)}
    named = [one["id"] for one in planned["items"] if one["id"] in chosen or one["by_hand"]]
    return {"selected": named, "checks": [clean(item.nodeid) for item in items if is_check(item)]}


def _unasked(checklist: Checklist, collected: Sequence[pytest.Item]) -> list[str]:
    """Entries of the target file that a check could look at, and for which the checklist has no item."""
    known = {item.id for item in checklist.items}
    names = {
        f"{mark.args[0]}.{params(item)['name']}"
        for item in collected
        if (mark := item.get_closest_marker("each")) and not has_nothing_to_look_at(item)
        if not known & set(covers(item))
    }
    return sorted(names)


def _planned(
    item: Item, answering: Mapping[str, list[str]], scope: Mapping[str, list[str]], *, whole: bool
) -> dict[str, Any]:
    # The check of an empty table stands there under the template's own id.
    covered = item.by_hand or item.id in answering or item.template in answering or not whole
    in_scope = item.by_hand or item.id in scope
    return {
        "id": item.id,
        "row": item.row,
        "title": item.title,
        "weight": str(item.weight),
        "applicable": item.applicable,
        "why": item.why or _why_not(covered=covered, in_scope=in_scope),
        "covered": covered,
        "by_hand": item.by_hand,
        # One that no check answers was not looked at: whatever the scope, that is no GO.
        "required": item.applicable and (in_scope or not covered),
        "checks": answering.get(item.id, []),
        "remediation": item.remediation,
        "indicator": item.indicator or None,
    }


def _why_not(*, covered: bool, in_scope: bool) -> str:
    if not covered:
        return "no check yet"
    return "" if in_scope else "outside this run's scope"


def _answering(items: Iterable[pytest.Item]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        for item_id in covers(item):
            found.setdefault(item_id, []).append(item.nodeid)
    return found
