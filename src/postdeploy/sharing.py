"""Which of the checks in scope this run takes: all of them, or those of one shard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from postdeploy import durations
from postdeploy.division import parse_shard
from postdeploy.facts import RunFacts
from postdeploy.selection import of_shard


class Share:
    """What is this run's of a run that may be divided."""

    def __init__(self, config: pytest.Config, facts: RunFacts) -> None:
        self._config = config
        self._facts = facts
        self._shard = parse_shard(facts.shard)
        self.entries: list[dict[str, Any]] = []
        """What the journal is told of the division; nothing where there is none."""

    @property
    def lines(self) -> list[str]:
        """What the run says of it at its beginning."""
        if self._shard is None:
            return []
        return [f"postdeploy: shard {self._shard}, which has no verdict by itself"]

    def told_to_workers(self) -> dict[str, Any]:
        """The facts for an xdist worker: all divide by the same durations, although the kept ones may change."""
        facts = replace(self._facts, durations=self._took()) if self._shard else self._facts
        return facts.as_json()

    def take(self, in_scope: list[pytest.Item]) -> tuple[list[pytest.Item], Sequence[pytest.Item]]:
        """The checks of this run, and those that are left to other shards."""
        if self._shard is None:
            return in_scope, ()
        mine, entry = of_shard(in_scope, self._took(), self._shard)
        self.entries = [entry]
        others = set(entry["others"])
        return mine, [item for item in in_scope if item.nodeid in others]

    def _took(self) -> Mapping[str, float]:
        known = self._facts.durations
        is_worker = hasattr(self._config, "workerinput")
        return known if known or is_worker else durations.earlier(self._config)

    def keep(self, took: Mapping[str, float]) -> None:
        """Keep how long checks took; not a shard's, or the next one here would divide by other numbers."""
        if self._shard is None:
            durations.keep(self._config, took)
