"""The written checklist as data: its rows, its items with their weights, expanded for one environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from postdeploy.errors import ConfigError, Problem, nearest
from postdeploy.outcome import Weight
from postdeploy.target import Aws, Environment, Model
from postdeploy.target_file import (
    find_file,
    models_in,
    read_toml,
    refuse_other_system,
    validate,
)

SOAK = "soak"
"""The one feature that no target file declares: an item that needs it is there when --soak is given."""


class Row(Model):
    """A row of the execution record."""

    id: str
    title: str


class ItemDeclaration(Model):
    """An item as the file writes it; with `each` it stands for one item per entry of that table."""

    id: str = Field(pattern=r"^[a-z0-9{}.-]+$")
    row: str
    weight: Weight
    title: str
    remediation: str = ""
    opt: str = ""
    each: str = ""
    indicator: str = ""
    by_hand: bool = False
    """No check looks at it: a person does, and attests it."""


class ChecklistFile(Model):
    """A checklist file."""

    system: str
    rows: tuple[Row, ...]
    items: tuple[ItemDeclaration, ...]


@dataclass(frozen=True)
class Item:
    """One checklist item of one environment; `why` says why it is not applicable there, if so."""

    id: str
    row: str
    weight: Weight
    title: str
    remediation: str
    indicator: str
    applicable: bool
    why: str
    template: str
    """The declaration's own id ("ecs.{name}.steady"), which checks name."""
    by_hand: bool = False


@dataclass(frozen=True)
class Checklist:
    """The items of one environment, in the order of the record, and the file they come from."""

    system: str
    file: str
    rows: tuple[Row, ...]
    items: tuple[Item, ...]
    declared: frozenset[str]
    """Ids as declared, templates included: what a check may name."""

    def item(self, item_id: str) -> Item | None:
        """The item with that id, or None."""
        return next((item for item in self.items if item.id == item_id), None)


def load_checklist(folder: Path, system: str, environment: Environment) -> Checklist:
    """The checklist of `system`, expanded for `environment`. Raises ConfigError with all problems."""
    path = find_file(folder, system, "checklist for system", "--system")
    raw = read_toml(path)
    refuse_other_system(raw, system, path)
    file = validate(ChecklistFile, raw, str(path))
    problems = [*_problems(file, path, environment)]
    if problems:
        raise ConfigError(problems)
    items = tuple(item for d in file.items for item in _expand(d, environment))
    stray = [*_stray_exceptions(environment, items, path)]
    if stray:
        raise ConfigError(stray)
    declared = frozenset(d.id for d in file.items)
    return Checklist(file.system, str(path), file.rows, items, declared)


def declared_ids(folder: Path) -> frozenset[str]:
    """Every item id of every checklist file, templates included."""
    found: set[str] = set()
    for path in sorted(folder.glob("*.toml")):
        found |= {str(item.get("id", "")) for item in read_toml(path).get("items", [])}
    return frozenset(found)


def table(environment: Environment, dotted: str) -> Mapping[str, Any]:
    """The table of a target that `dotted` names ("aws.services"); absent parts make it empty."""
    current: Any = environment
    for part in dotted.split("."):
        current = getattr(current, part, None)
        if current is None:
            return {}
    return current if isinstance(current, Mapping) else {str(name): name for name in current}


def misnamed_table(dotted: str) -> str:
    """The nearest table's name, as a sentence, when no environment can have one called `dotted`; else ""."""
    models: list[type[BaseModel]] = [Environment]
    for part in dotted.split("."):
        fields = [model.model_fields[part] for model in models if part in model.model_fields]
        if not fields:
            known = [*Environment.model_fields, *(f"aws.{name}" for name in Aws.model_fields)]
            return nearest(dotted, known) or "Name a table of the target file"
        models = [model for field in fields for model in models_in(field.annotation)]
    return ""


def _problems(file: ChecklistFile, path: Path, environment: Environment) -> Iterator[Problem]:
    rows = {row.id for row in file.rows}
    seen: set[str] = set()
    for item in file.items:
        where = f"{path}, item {item.id!r}"
        if item.id in seen:
            yield Problem(where, "is there twice", "Take one of them out")
        seen.add(item.id)
        if item.row not in rows:
            yield Problem(where, f"row {item.row!r} is not declared", nearest(item.row, rows))
        if ("{name}" in item.id) != bool(item.each):
            yield Problem(where, "needs both {name} in its id and `each`, or neither", "Mend it")
        if item.each and (hint := misnamed_table(item.each)):
            yield Problem(where, f"no target file has a table {item.each!r}", hint)
        if item.opt and item.opt not in (SOAK, *environment.features):
            mend = f"Say true or false under [defaults.features] of targets/{file.system}.toml"
            yield Problem(where, f"feature {item.opt!r} is declared by no environment", mend)


def _expand(declaration: ItemDeclaration, environment: Environment) -> Iterator[Item]:
    if not declaration.each:
        yield _item(declaration, declaration.id, "", environment)
        return
    entries = table(environment, declaration.each)
    for name in entries:
        yield _item(declaration, declaration.id.replace("{name}", name), name, environment)
    if not entries:
        why = f"the target file declares no {declaration.each} for this environment"
        yield _item(declaration, declaration.id.replace("{name}", "*"), "*", environment, why)


def _item(
    declaration: ItemDeclaration, item_id: str, name: str, environment: Environment, why: str = ""
) -> Item:
    why = why or _not_applicable(declaration, item_id, environment)
    return Item(
        id=item_id,
        row=declaration.row,
        weight=declaration.weight,
        title=declaration.title.replace("{name}", name),
        remediation=declaration.remediation.replace("{name}", name),
        indicator=declaration.indicator,
        applicable=not why,
        why=why,
        template=declaration.id,
        by_hand=declaration.by_hand,
    )


def _not_applicable(declaration: ItemDeclaration, item_id: str, environment: Environment) -> str:
    if declaration.opt == SOAK and not environment.features.get(SOAK, False):
        return "not asked for (--soak)"
    if declaration.opt and not environment.features.get(declaration.opt, False):
        return f"this environment has no {declaration.opt} (features in the target file)"
    for pattern, why in environment.not_applicable.items():
        if fnmatchcase(item_id, pattern):
            return why
    return ""


def _stray_exceptions(
    environment: Environment, items: tuple[Item, ...], path: Path
) -> Iterator[Problem]:
    """Exceptions that match nothing: a typo there would otherwise silently excuse nothing, or too much."""
    for pattern in environment.not_applicable:
        if not any(fnmatchcase(item.id, pattern) for item in items):
            hint = nearest(pattern, [item.id for item in items]) or "Take it out"
            yield Problem(
                "not_applicable in the target file", f"{pattern!r} matches no item of {path}", hint
            )
