"""Whole runs tell people once, after their record is safe, and end as they would have ended anyway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from postdeploy.record.verifying import verify
from selftests.plugin.conftest import Make
from selftests.plugin.project import TOKEN, Finished, Project
from selftests.unit.receivers import Receivers, receivers


@dataclass
class Told:
    """A run, and what its receivers heard of it."""

    run: Finished
    channels: list[str]
    events: list[str]
    documents: list[dict[str, Any]]
    seen: list[Any]
    texts: str = field(repr=False)


class House:
    """A project whose environments tell receivers of their own."""

    def __init__(self, project: Project, there: Receivers) -> None:
        self.project, self.there = project, there
        with (project.root / "targets" / "demo.toml").open("a") as file:
            file.write(there.tables(seconds=2))
        project.environment["DEMO_PROD_TOKEN"] = TOKEN
        for name, secret in there.secrets().items():
            project.environment[f"DEMO_PROD_{name}"] = secret
            project.environment[f"DEMO_SANDBOX_{name}"] = secret
        there.look = self.look

    def look(self) -> Any:
        """What is on the disk when a message arrives: the verdict, whether it is sealed and may go out."""
        folder = self._newest()
        try:
            record = json.loads((folder / "record.json").read_text())
            passed = (folder / "publishable.txt").read_text().splitlines()
        except OSError as error:
            return str(error)
        return record["verdict"], "record.json" in passed, verify(folder).problems

    def _newest(self) -> Path:
        return (
            self.project.root / "whole" if self.merged else self.project.root / "reports" / "latest"
        ).resolve()

    @property
    def merged(self) -> bool:
        return (self.project.root / "whole").exists()

    def run(self, *arguments: str) -> Told:
        return self.heard(self.project.run(*arguments))

    def heard(self, run: Finished) -> Told:
        """What was heard since this was last asked."""
        services = self.there.integrations
        events, documents = services.pagerduty.events, services.webhook.documents
        texts = json.dumps([self.there.messages, events, documents])
        told = Told(
            Finished(run.code, run.out, run.folder.resolve()),
            self.there.channels,
            self.there.events,
            [*documents],
            [*self.there.seen],
            texts,
        )
        for heard in (services.slack_api.messages, events, documents, self.there.seen):
            heard.clear()
        return told


@pytest.fixture(scope="module")
def there() -> Iterator[Receivers]:
    with receivers() as found:
        yield found


@pytest.fixture(scope="module")
def runs(make: Make, there: Receivers) -> dict[str, Told]:
    """Runs of one project, one after another."""
    house = House(make(roll="wrong"), there)
    done = {"by hand": house.run("--env", "prod", "-n", "0")}
    done["rollback"] = house.run("--env", "prod", "--tell", "-n", "2")
    house.project.product.states.clear()
    house.project.environment["CI"] = "true"
    done["go"] = house.run("--env", "prod", "-n", "0")
    there.trouble |= {"slack": "silent", "webhook": "500", "pagerduty": "drop"}
    done["trouble"] = house.run("--env", "prod", "-n", "0")
    there.trouble.clear()
    done["partial"] = house.run("--env", "prod", "-n", "0", "-k", "right")
    done["not now"] = house.run("--env", "prod", "-n", "0", "--no-tell", "-k", "right")
    del house.project.environment["DEMO_PROD_TELL_SLACK_TOKEN"]
    done["unset"] = house.run("--env", "prod", "--tell")
    return done


def told(run: Finished) -> dict[str, tuple[str, str]]:
    return {one["by"]: (one["where"], one["outcome"]) for one in run.record["told"]}


def test_a_rollback_of_what_is_protected_pages_once(runs: dict[str, Told]) -> None:
    one = runs["rollback"]
    assert (one.run.code, one.channels, one.events) == (20, ["#incidents"], ["trigger"])
    assert [document["verdict"] for document in one.documents] == ["ROLLBACK"]
    assert told(one.run) == {
        "slack": ("#incidents", "told"),
        "pagerduty": ("postdeploy/demo/prod", "told"),
        "webhook": ("127.0.0.1", "told"),
    }
    assert "tells Slack (#deployments, #incidents), PagerDuty, a webhook" in one.run.out
    assert "this calls for a rollback" in one.texts


def test_the_next_go_ends_the_alert_and_ci_tells_unasked(runs: dict[str, Told]) -> None:
    one = runs["go"]
    assert (one.run.code, one.channels, one.events) == (0, ["#deployments"], ["resolve"])
    assert one.run.record["decision"]["warnings"] == []


@pytest.mark.parametrize("name", ["rollback", "go"])
def test_when_a_message_arrives_the_record_is_safe(runs: dict[str, Told], name: str) -> None:
    verdict = {"rollback": "ROLLBACK", "go": "GO"}[name]
    assert runs[name].seen == [(verdict, True, ())] * 3


@pytest.mark.parametrize("name", ["rollback", "go", "trouble"])
def test_the_record_is_sealed_with_what_was_told(runs: dict[str, Told], name: str) -> None:
    run = runs[name].run
    assert len(run.record["told"]) == 3
    assert verify(run.folder).problems == ()
    assert "record.json" in (run.folder / "publishable.txt").read_text().splitlines()


def test_trouble_with_telling_is_in_the_record_and_in_no_verdict(runs: dict[str, Told]) -> None:
    run = runs["trouble"].run
    assert (run.code, run.record["verdict"]) == (0, "GO")
    outcomes = {by: outcome for by, (_, outcome) in told(run).items()}
    assert (outcomes["slack"], outcomes["webhook"]) == ("unknown", "failed")
    warnings = " ".join(run.record["decision"]["warnings"])
    assert "#deployments (Slack) may not have been told of the verdict" in warnings
    assert "the receiver answered 500" in warnings
    assert "may not have been told" in run.out


@pytest.mark.parametrize("name", ["by hand", "partial", "not now", "unset"])
def test_nobody_is_told_unasked_or_of_a_part(runs: dict[str, Told], name: str) -> None:
    assert runs[name].seen == []


def test_a_run_says_beforehand_that_it_tells_nobody(runs: dict[str, Told]) -> None:
    assert "tells nobody of its verdict (--tell does)" in runs["by hand"].run.out
    assert "tells nobody of its verdict: a partial run has none" in runs["partial"].run.out
    assert runs["by hand"].run.record["told"] == []


def test_what_is_missing_for_it_is_told_before_anything_runs(runs: dict[str, Told]) -> None:
    one = runs["unset"].run
    assert one.code == 4
    assert "DEMO_PROD_TELL_SLACK_TOKEN: is not set" in one.out


def test_no_secret_is_in_a_message_or_in_a_file(runs: dict[str, Told], there: Receivers) -> None:
    secrets = [*there.secrets().values(), TOKEN]
    key = there.secrets()["TELL_PAGERDUTY_KEY"]
    for one in runs.values():
        payloads = one.texts.replace(f'"routing_key": "{key}"', "")
        assert not [secret for secret in secrets if secret in payloads + one.run.out]
    for folder in {one.run.folder for one in runs.values()}:
        files = [path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file()]
        assert not [secret for secret in secrets if any(secret in text for text in files)]


def test_of_shards_the_merged_record_tells_once(make: Make, there: Receivers) -> None:
    house = House(make(roll="wrong"), there)
    house.project.environment["POSTDEPLOY_TELL"] = "1"
    parts = [
        house.project.start("--env", "prod", "-n", "0", "--shard", f"{n}/2", "--reports", f"part{n}")
        for n in (1, 2)
    ]  # fmt: skip
    ended = [house.project.end(part) for part in parts]
    assert "a shard has none" in ended[0].out
    assert house.heard(ended[0]).seen == []
    where = ("part1/latest", "part2/latest", "--out", "whole")
    code, out = house.project.command("record", "merge", *where)
    merged = house.heard(Finished(code, out, house.project.root / "whole"))
    assert (code, merged.channels, merged.events) == (20, ["#incidents"], ["trigger"])
    assert merged.seen == [("ROLLBACK", True, ())] * 3
    assert set(told(merged.run)) == {"slack", "pagerduty", "webhook"}
    assert verify(merged.run.folder).problems == ()
    assert "record.json" in (merged.run.folder / "publishable.txt").read_text().splitlines()
