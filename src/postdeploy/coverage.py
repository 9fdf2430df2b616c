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
    open_items = [item["id"] for item in items if item["applicable"] and not item["checks"]]
    applicable = [item for item in items if item["applicable"]]
    yield f"{len(applicable) - len(open_items)} of {len(applicable)} applicable items have a check"
    yield from (f"no check yet: {item_id}" for item_id in open_items)


def _answers(item: Mapping[str, Any]) -> list[str]:
    if not item["applicable"]:
        return [f"not applicable: {item['why']}"]
    return list(item["checks"]) or ["no check yet"]
