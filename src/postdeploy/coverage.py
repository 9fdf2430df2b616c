"""Which checks answer which checklist items, found by letting pytest collect."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from postdeploy.errors import ConfigError, Problem


@dataclass
class _Catcher:
    """A pytest plugin that keeps the plan of a collection."""

    plan: Mapping[str, Any] = field(default_factory=dict)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        from postdeploy.plugin import session_of

        mine = session_of(session.config)
        if mine is not None:
            self.plan = mine.plan


def collect_plan(system: str, environment: str) -> Mapping[str, Any]:
    """The plan of a whole run. Raises ConfigError with pytest's words when collection fails."""
    catcher, said = _Catcher(), io.StringIO()
    arguments = ["--collect-only", "-q", "-p", "no:cacheprovider"]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = pytest.main(
            [*arguments, "--system", system, "--env", environment], plugins=[catcher]
        )
    if code != pytest.ExitCode.OK or not catcher.plan:
        raise ConfigError(
            [Problem("pytest --collect-only", said.getvalue().strip(), "Mend that first")]
        )
    return catcher.plan


def coverage_lines(plan: Mapping[str, Any]) -> Iterator[str]:
    """The matrix of items and checks, row by row, and the count at its end."""
    items: Sequence[Mapping[str, Any]] = plan["items"]
    for row in plan["rows"]:
        yield row["title"]
        for item in items:
            if item["row"] == row["id"]:
                yield f"  {item['weight']} {item['id']}"
                yield from (f"      {line}" for line in _answers(item))
    applicable = [item for item in items if item["applicable"]]
    by_hand = [item for item in applicable if item["by_hand"]]
    open_items = [i["id"] for i in applicable if not i["checks"] and not i["by_hand"]]
    covered = len(applicable) - len(open_items) - len(by_hand)
    told = f", {len(by_hand)} are answered by a person" if by_hand else ""
    yield f"{covered} of {len(applicable)} applicable items have a check{told}"
    yield from (f"no check yet: {item_id}" for item_id in open_items)
    yield from (f"declared, and asked for by no item: {name}" for name in plan["unasked"])


def _answers(item: Mapping[str, Any]) -> list[str]:
    if not item["applicable"]:
        return [f"not applicable: {item['why']}"]
    if item["by_hand"]:
        return ["answered by a person"]
    return list(item["checks"]) or ["no check yet"]
