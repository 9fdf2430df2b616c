"""One pytest session of postdeploy: from the command line to the record, on a controller or a worker."""

from __future__ import annotations

import json
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from postdeploy import __version__, allure_steps, closing
from postdeploy.browser import BrowserOptions, find_browser
from postdeploy.check import now
from postdeploy.checklist import Checklist, declared_ids, load_checklist
from postdeploy.embedded import Embedded, find_or_start
from postdeploy.engine import Engine, Result
from postdeploy.errors import ConfigError, Problem
from postdeploy.ledger import left_by_others
from postdeploy.options import (
    PROD_SMOKE,
    environment_name,
    expected_versions,
    narrowing,
    new_run_id,
    parse_bounds,
    tester,
    tightened,
)
from postdeploy.outcome import Outcome
from postdeploy.record.journal import Journal
from postdeploy.run import Run, RunFacts
from postdeploy.selection import covers, is_check, plan, split, ticket
from postdeploy.settings import Machine, Options, Settings, load_settings
from postdeploy.target import Target
from postdeploy.target_file import load_target

_PROPERTY = "postdeploy"
_DURATIONS = "postdeploy/durations"


class Session:
    """Made by `open`; on xdist the controller and each worker have one."""

    def __init__(
        self,
        config: pytest.Config,
        facts: RunFacts,
        target: Target,
        checklist: Checklist,
        settings: Settings | None,
        embedded: Embedded | None,
    ) -> None:
        self.config = config
        self.facts = facts
        self.target = target
        self.checklist = checklist
        self.settings = settings
        self.folder = Path(facts.folder)
        self.controls = not hasattr(config, "workerinput")
        self.known_ids = declared_ids(_folder(config, "postdeploy_checklists"))
        self.outcome: closing.Closing | None = None
        self._embedded = embedded
        self._engine: Engine | None = None
        self._plan: dict[str, Any] | None = None
        self._carried: list[dict[str, Any]] = []

    @classmethod
    def open(cls, config: pytest.Config) -> Session:
        """Read everything that the run rests on. Raises ConfigError with every problem found."""
        carried = getattr(config, "workerinput", {}).get("postdeploy")
        if carried is not None:
            session = cls._on_worker(config, RunFacts(**json.loads(carried)))
        else:
            session = cls._on_controller(config)
        _keep_allure_in(session.folder, config)
        return session

    @classmethod
    def _on_worker(cls, config: pytest.Config, facts: RunFacts) -> Session:
        target = _target(config, facts.system, facts.environment, facts.addresses, facts.bounds)
        checklist = load_checklist(
            _folder(config, "postdeploy_checklists"), facts.system, target.environment
        )
        settings = load_settings(target, Path(facts.root), Options().secrets_id)
        return cls(config, facts, target, checklist, settings, None)

    @classmethod
    def _on_controller(cls, config: pytest.Config) -> Session:
        options, root = Options(), config.rootpath
        system, name = str(config.getoption("--system")), environment_name(config)
        bounds = parse_bounds(config.getoption("--bound"))
        still_open: list[Problem] = []
        target = _target(config, system, name, None, bounds, still_open)
        checklist = load_checklist(
            _folder(config, "postdeploy_checklists"), system, target.environment
        )
        versions = expected_versions(
            config.getoption("--expect-version") or options.expect_version, target
        )
        looking = not config.option.collectonly
        settings = _all_settings(target, root, options, still_open) if looking else None
        run_id = new_run_id()
        folder = (config.rootpath / config.getoption("--reports") / run_id).resolve()
        embedded = None
        if looking:
            (folder / "evidence").mkdir(parents=True)
            if target.environment.discovery:
                log = folder / "sandbox.log"
                embedded = find_or_start(target.environment, options.sandbox, root, log)
                target = _target(config, system, name, embedded.addresses, bounds)
        facts = RunFacts(
            run_id=run_id,
            folder=str(folder),
            root=str(root),
            system=system,
            environment=name,
            started=now(),
            addresses=dict(embedded.addresses) if embedded else None,
            bounds=bounds,
            expected_versions=versions,
            read_only=bool(config.getoption("--read-only") or target.environment.read_only),
        )
        session = cls(config, facts, target, checklist, settings, embedded)
        if looking:
            session._begin_journal(options)
        return session

    def _begin_journal(self, options: Options) -> None:
        config, machine = self.config, Machine()
        narrowed = narrowing(config)
        entry = {
            "kind": "run",
            "schema": 1,
            "run_id": self.facts.run_id,
            "system": self.facts.system,
            "system_title": self.target.title,
            "environment": self.facts.environment,
            "urls": dict(self.target.environment.urls),
            "started": self.facts.started,
            "tester": tester(config, options, machine, config.rootpath),
            "reason": str(config.getoption("--reason") or options.reason),
            "tool_version": __version__,
            "selection": {
                "markers": config.getoption("markexpr", ""),
                "keyword": config.getoption("keyword", ""),
                "paths": []
                if config.args_source is pytest.Config.ArgsSource.TESTPATHS
                else config.args,
            },
            "partial": narrowed.partial,
            "partial_why": narrowed.why,
            "scope": self._scope_name(),
            "version_expected": dict(self.facts.expected_versions) or None,
            "python": platform.python_version(),
            "command": shlex.join(["pytest", *sys.argv[1:]]),
            "gate": bool(config.getoption("--gate") or machine.in_ci),
        }
        self._journal(entry)

    def _journal(self, entry: Mapping[str, Any]) -> None:
        with Journal(self.folder / "journal.jsonl") as journal:
            journal.append(entry)

    def _scope_name(self) -> str:
        if self.facts.read_only:
            return "read-only"
        return PROD_SMOKE if self._only_production else "full"

    @property
    def _only_production(self) -> bool:
        markexpr = self.config.getoption("markexpr", "")
        return self.target.environment.protected or markexpr == PROD_SMOKE

    def header(self) -> list[str]:
        """The first lines of the run."""
        asked = self.config.getoption("--env")
        why = "" if asked else " (no --env given)"
        lines = [
            f"postdeploy: {self.target.title} {self.facts.environment}{why}, run {self.facts.run_id}"
        ]
        if self.target.environment.protected:
            lines.append("postdeploy: protected environment, only prod_smoke checks run")
        return lines

    def scope(self, items: list[pytest.Item]) -> None:
        """Take out of `items` what is not applicable here and what this run may not do."""
        collected = list(items)
        parts = split(
            items,
            self.checklist,
            only_production=self._only_production,
            read_only=self.facts.read_only,
        )
        items[:] = parts.kept
        dropped = [*parts.not_applicable, *parts.out_of_scope]
        if dropped:
            self.config.hook.pytest_deselected(items=dropped)
        whole = self.config.args_source is pytest.Config.ArgsSource.TESTPATHS
        self._plan = plan(self.checklist, collected, parts.kept, whole=whole)

    @property
    def plan(self) -> Mapping[str, Any]:
        """Rows, items and the checks that answer them, once collection has ended."""
        return self._plan or {}

    def note_uncollected(self, node: str) -> None:
        """A file of checks that could not be collected is a check that nobody saw the end of."""
        if self.controls and not self.config.option.collectonly:
            title = f"{node} could not be collected"
            self._journal({"kind": "check", "check": node, "title": title, "status": "blocked"})

    def begin(self, items: Sequence[pytest.Item], *, start: bool) -> None:
        """Write the plan for the items finally selected; without xdist, start them all if so told."""
        if self._plan is None or self._is_xdist_controller():
            return
        chosen = {item_id for item in items for item_id in covers(item)}
        self._plan["selected"] = [i["id"] for i in self._plan["items"] if i["id"] in chosen]
        self._journal(self._plan)
        if self.controls and items and start:
            self._start(items)

    def _is_xdist_controller(self) -> bool:
        return self.controls and self.config.getoption("dist", "no") != "no"

    def prefetch(self, items: Sequence[pytest.Item]) -> None:
        """On a worker: start these, if they are not running yet."""
        if not self.controls:
            self._start(items)

    def _start(self, items: Sequence[pytest.Item]) -> None:
        if self._engine is None:
            self._engine = Engine(self._open_run)
        cache = getattr(self.config, "cache", None)
        took: Mapping[str, float] = cache.get(_DURATIONS, {}) if cache else {}
        checks = [item for item in items if isinstance(item, pytest.Function) and is_check(item)]
        self._engine.start(
            [ticket(item, self.checklist, took.get(item.nodeid, 5.0)) for item in checks]
        )

    def _open_run(self) -> Run:
        options = Options()
        assert self.settings is not None
        return Run(
            facts=self.facts,
            target=self.target,
            settings=self.settings,
            options=_browser_options(self.config, options),
            executable=find_browser(options.browser, self.config.rootpath),
            worker=getattr(self.config, "workerinput", {}).get("workerid", ""),
        )

    def await_check(self, item: pytest.Function) -> None:
        """Wait for one check, hand its answers to the report, and fail as it failed."""
        assert self._engine is not None
        result = self._engine.wait(item.nodeid)
        item.user_properties.append((_PROPERTY, json.dumps(result.entries)))
        allure_steps.show(result, self.folder)
        if result.status != "passed":
            pytest.fail(_failure_text(result), pytrace=False)

    def take(self, report: pytest.TestReport) -> None:
        """Keep the answers that a worker's report carries."""
        if self.controls and report.when == "call":
            for name, value in report.user_properties:
                if name == _PROPERTY:
                    self._carried += json.loads(str(value))

    def finish(self, pytest_exit: int) -> None:
        """End the checks; on the controller make the record."""
        if self._engine is not None:
            self._engine.stop()
        if not self.controls:
            return
        how = "interrupted" if pytest_exit == pytest.ExitCode.INTERRUPTED else "finished"
        ended = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._journal({"kind": "end", "ended": ended, "how": how, "pytest_exit": pytest_exit})
        self.outcome = closing.close(self.folder, self._carried, pytest_exit)
        self._keep_durations()

    def amend(self, pytest_exit: int) -> int | None:
        """The exit code, on the controller. Workers that were ended early may have had a last word, or
        have left things behind: then the record is made again.
        """
        if self.outcome is not None and self._is_xdist_controller():
            self._tell_left_behind()
            self.outcome = closing.close(self.folder, self._carried, pytest_exit)
        return self.outcome.exit_code if self.outcome is not None else None

    def _tell_left_behind(self) -> None:
        assert self.outcome is not None
        told = {leftover.id for leftover in self.outcome.record.leftovers}
        for line in left_by_others(self.folder):
            if line["id"] not in told:
                left = {"title": f"{line['kind']} {line['name']}", "id": line["id"]}
                self._journal(
                    {"kind": "leftover", **left, "note": "the worker that made it was ended"}
                )

    def _keep_durations(self) -> None:
        cache = getattr(self.config, "cache", None)
        if cache is not None and self.outcome is not None:
            known = cache.get(_DURATIONS, {})
            cache.set(_DURATIONS, known | self.outcome.durations)

    def summarize(self, reporter: pytest.TerminalReporter) -> None:
        """Print the record."""
        if self.outcome is not None:
            reporter.ensure_newline()
            reporter.write_line(self.outcome.text(reporter))

    def close(self) -> None:
        """Stop the embedded deployment, if it was started here."""
        if self._embedded is not None:
            self._embedded.stop()


def _keep_allure_in(folder: Path, config: pytest.Config) -> None:
    """Results belong to the run's folder; allure-pytest reads its option after us, in each process."""
    looking = not config.option.collectonly
    if looking and getattr(config.option, "allure_report_dir", "") is None:
        config.option.allure_report_dir = str(folder / "allure-results")


def _folder(config: pytest.Config, key: str) -> Path:
    return config.rootpath / str(config.getini(key))


def _target(
    config: pytest.Config,
    system: str,
    name: str,
    addresses: Mapping[str, str] | None,
    bounds: Mapping[str, float],
    still_open: list[Problem] | None = None,
) -> Target:
    folder = _folder(config, "postdeploy_targets")
    target = load_target(folder, system, name, addresses, still_open)
    environment = tightened(target.environment, bounds)
    return target.model_copy(update={"environment": environment})


def _all_settings(
    target: Target, root: Path, options: Options, still_open: list[Problem]
) -> Settings:
    """The settings; what is still open in the target file is told together with what is not set."""
    try:
        settings = load_settings(target, root, options.secrets_id)
    except ConfigError as error:
        raise ConfigError([*still_open, *error.problems]) from None
    if still_open:
        raise ConfigError(still_open)
    return settings


def _browser_options(config: pytest.Config, options: Options) -> BrowserOptions:
    kinds = config.getoption("--browser", None) or ["chromium"]
    return BrowserOptions(
        kind=str(kinds[0]),
        headed=bool(config.getoption("--headed", False)),
        slow_mo=float(config.getoption("--slowmo", 0) or 0),
        tracing=str(config.getoption("--tracing", "off")),
        video=str(config.getoption("--video", "off")),
        at_once=int(config.getoption("--at-once") or options.at_once),
    )


def _failure_text(result: Result) -> str:
    lines = []
    for item_id, entry in result.last().items():
        if entry["outcome"] != Outcome.PASSED:
            lines.append(f"{entry['outcome'].upper()} {item_id}: {entry['note']}")
            lines += [f"    {k}: {entry[k]}" for k in ("expected", "observed") if entry[k]]
    return "\n".join(lines)
