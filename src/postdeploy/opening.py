"""The beginning of a run: everything that it rests on is read here, once, and complete or not at all."""

from __future__ import annotations

import contextlib
import json
import platform
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from postdeploy import __version__
from postdeploy.addresses import unknown_hosts
from postdeploy.browser_choice import browser_options, chosen_endpoint, unguarded
from postdeploy.browser_endpoint import BrowserEndpoint
from postdeploy.budget import Budget
from postdeploy.check import now
from postdeploy.checklist import SOAK, Checklist, load_checklist
from postdeploy.division import parse_shard, read_durations
from postdeploy.embedded import Embedded, find_or_start
from postdeploy.errors import ConfigError, ProbeError, Problem
from postdeploy.facts import RunFacts
from postdeploy.history.place import Place, find_place
from postdeploy.launching import find_browser
from postdeploy.leases import Rota, too_few
from postdeploy.options import (
    environment_name,
    expected_versions,
    narrowing,
    new_run_id,
    parse_bounds,
    parse_duration,
    tester,
    tightened,
    unmarked,
)
from postdeploy.redact import Redactor
from postdeploy.repeating import resolve_items
from postdeploy.run import Run
from postdeploy.settings import Machine, Options, Settings, load_settings
from postdeploy.staffing import lease_folder, make_rota, people, worker_count
from postdeploy.target import Target
from postdeploy.target_file import environments, load_target
from postdeploy.telling.intent import Intent, Wish, intent, wish
from postdeploy.trust import trusting
from postdeploy.waivers import Ground, Waiver, read_waivers, unclaimed_files


@dataclass(frozen=True)
class Opened:
    """What a session works with; `settings` is None where nothing is going to be looked at."""

    facts: RunFacts
    target: Target
    checklist: Checklist
    settings: Settings | None
    embedded: Embedded | None
    rota: Rota | None = None
    """On the controller: as whom each worker works."""
    people: Mapping[str, int] = field(default_factory=dict)
    """On a worker: the numbers of the test users, by role, that it works as."""
    history: Place | None = None
    """On the controller: where finished records are kept."""
    telling: Intent = field(default_factory=Intent)
    """On the controller: who is told of the verdict."""
    waivers: Sequence[Waiver] = ()
    """On the controller: those that name this environment."""
    endpoint: BrowserEndpoint | None = None

    @property
    def secrets(self) -> Sequence[tuple[str, str]]:
        """Every secret value that is known from the start, and before it what it is."""
        known = self.settings.kinds() if self.settings is not None else ()
        tokens = self.endpoint.secrets() if self.endpoint is not None else ()
        return (*known, *(("browser endpoint", token) for token in tokens))


def read_all(config: pytest.Config) -> Opened:
    """Read target, checklist and settings, and start the sandbox. Raises ConfigError with every problem."""
    carried = getattr(config, "workerinput", {}).get("postdeploy")
    if carried is not None:
        told = json.loads(carried)
        return _on_worker(config, RunFacts(**told["facts"]), told["people"])
    return _on_controller(config)


def folder(config: pytest.Config, key: str) -> Path:
    """The folder that an ini key names."""
    return config.rootpath / str(config.getini(key))


def _on_worker(config: pytest.Config, facts: RunFacts, people: Mapping[str, int]) -> Opened:
    target = _target(config, facts.system, facts.environment, facts.addresses, facts.bounds)
    checklist = _checklist(config, target)
    settings = load_settings(target, Path(facts.root), Options().secrets_id)
    endpoint = chosen_endpoint(config, Options())
    return Opened(facts, target, checklist, settings, None, people=people, endpoint=endpoint)


def _on_controller(config: pytest.Config) -> Opened:
    options = Options()
    system, name = str(config.getoption("--system")), environment_name(config)
    shard = str(config.getoption("--shard") or "")
    parse_shard(shard)
    kept = config.getoption("--history") or options.history
    # A shard is a part of a run; what its parts are merged into is kept.
    history = find_place(kept, config.rootpath) if not shard else None
    asked = wish(config.getoption("--tell"), options.tell, in_ci=Machine().in_ci)
    bounds = parse_bounds(config.getoption("--bound"))
    endpoint = chosen_endpoint(config, options)
    if problems := [*unmarked(config), *unguarded(config)]:
        raise ConfigError(problems)
    still_open: list[Problem] = []
    target = _target(config, system, name, None, bounds, still_open)
    checklist = _checklist(config, target)
    resolve_items(config, checklist, name)
    waivers = _waivers(config, checklist, name, still_open)
    versions = expected_versions(
        config.getoption("--expect-version") or options.expect_version, target
    )
    budget = _budget(config)
    if outlasting := [*_outlasting(config, target)]:
        raise ConfigError(outlasting)
    run_id = new_run_id()
    run_folder = (config.rootpath / config.getoption("--reports") / run_id).resolve()
    settings, embedded = None, None
    if not config.option.collectonly:
        settings = _all_settings(config, target, options, still_open)
        _make(run_folder)
        embedded = _embedded(config, target, options, run_folder)
    with _ended_on_error(embedded):
        if embedded is not None:
            target = _target(config, system, name, embedded.addresses, bounds)
        if settings is not None and (strangers := unknown_hosts(target)):
            raise ConfigError(strangers)
        if settings is not None and target.environment.ca_file:
            trusting(target.environment.ca_file, config.rootpath)
        mine = embedded is not None and embedded.process is not None
        leases = str(lease_folder(run_folder, own_deployment=mine))
        workers = worker_count(config)
        telling = _telling(config, target, settings, asked, embedded)
        rota = make_rota(target, settings, leases, workers, shard) if settings else None
    facts = RunFacts(
        run_id=run_id,
        folder=str(run_folder),
        root=str(config.rootpath),
        system=system,
        environment=name,
        started=now(),
        addresses=dict(embedded.addresses) if embedded else None,
        bounds=bounds,
        expected_versions=versions,
        retry=not config.getoption("--no-retry"),
        soak=_seconds(config, "--soak"),
        wait_for_rollout=_seconds(config, "--wait-for-rollout"),
        read_only=bool(config.getoption("--read-only") or target.environment.read_only),
        leases=leases,
        budget=budget.seconds,
        deadline=budget.deadline,
        waived=tuple(waiver.item for waiver in waivers),
        shard=shard,
        durations=_durations(config, shard),
    )
    return Opened(
        facts,
        target,
        checklist,
        settings,
        embedded,
        rota,
        waivers=waivers,
        history=history,
        endpoint=endpoint,
        telling=telling,
    )


def _telling(
    config: pytest.Config,
    target: Target,
    settings: Settings | None,
    asked: Wish,
    embedded: Embedded | None,
) -> Intent:
    without = "a partial run has none" if narrowing(config).partial else ""
    if config.getoption("--shard"):
        without = "a shard has none, `postdeploy record merge --tell` does"
    return intent(target, settings, asked, embedded, without) if settings else Intent()


def _make(run_folder: Path) -> None:
    try:
        (run_folder / "evidence").mkdir(parents=True)
    except OSError as error:
        where, mend = "--reports", "Make room there, or name a folder that can be written to"
        what = f"{run_folder} cannot be made: {error.strerror or error}"
        raise ConfigError([Problem(where, what, mend)]) from None


def _outlasting(config: pytest.Config, target: Target) -> Iterator[Problem]:
    """A run must be over before other machines' runs may take what it makes for left behind."""
    environment = target.environment
    waits = {option: _seconds(config, option) for option in ("--soak", "--wait-for-rollout")}
    aged = environment.leftovers.aged_minutes * 60
    if environment.cleanup and sum(waits.values()) + environment.bounds.check_seconds > aged:
        longest = max(waits, key=lambda option: waits[option])
        what = f"the run could outlast the {aged / 60:g} minutes after which what it makes counts as left behind"
        mend = f"Shorten it, or raise [leftovers] aged_minutes in {target.file}"
        yield Problem(longest, what, mend)


def _durations(config: pytest.Config, shard: str) -> dict[str, float]:
    """What the file says that was named, if any; the cache is read when collection has ended."""
    named = config.getoption("--durations-file")
    if named is None:
        return {}
    if not shard:
        mend = "Add --shard, or leave it out"
        raise ConfigError([Problem("--durations-file", "divides nothing", mend)])
    return read_durations(config.invocation_params.dir / str(named))


@contextlib.contextmanager
def _ended_on_error(embedded: Embedded | None) -> Iterator[None]:
    try:
        yield
    except ConfigError:
        if embedded is not None:
            embedded.stop()
        raise


def _embedded(
    config: pytest.Config, target: Target, options: Options, run_folder: Path
) -> Embedded | None:
    if target.environment.discovery is None:
        return None
    log = run_folder / "sandbox.log"
    root = config.rootpath
    return find_or_start(target.environment, options.sandbox, root, log, target.system)


def _checklist(config: pytest.Config, target: Target) -> Checklist:
    where = folder(config, "postdeploy_checklists")
    return load_checklist(where, target.system, target.environment)


def _waivers(
    config: pytest.Config, checklist: Checklist, name: str, problems: list[Problem]
) -> list[Waiver]:
    """The waivers that name this environment; what is wrong with the file is added to `problems`."""
    where, targets = folder(config, "postdeploy_waivers"), folder(config, "postdeploy_targets")
    known = dict.fromkeys(environments(targets, checklist.system))
    ground = Ground(
        {**known, name: checklist},
        today=datetime.now(UTC).date(),
        allow_critical=bool(config.getoption("--allow-critical-waivers")),
    )
    found = read_waivers(where, checklist.system, ground)
    problems += found.problems
    problems += unclaimed_files(where, [path.stem for path in targets.glob("*.toml")])
    return found.of(name)


def _target(
    config: pytest.Config,
    system: str,
    name: str,
    addresses: Mapping[str, str] | None,
    bounds: Mapping[str, float],
    still_open: list[Problem] | None = None,
) -> Target:
    where = folder(config, "postdeploy_targets")
    target = load_target(where, system, name, addresses, still_open)
    environment = tightened(target.environment, bounds)
    # Whether there is a soak is no fact of the environment: the command line says so.
    features = environment.features | {SOAK: bool(_seconds(config, "--soak"))}
    environment = environment.model_copy(update={"features": features})
    return target.model_copy(update={"environment": environment})


def _seconds(config: pytest.Config, option: str) -> float:
    return parse_duration(option, str(config.getoption(option) or ""))


def _budget(config: pytest.Config) -> Budget:
    """The budget of the run, from now on. Raises ConfigError where the soak alone would spend it."""
    seconds = _seconds(config, "--budget")
    soak = _seconds(config, "--soak")
    budget = Budget(seconds, time.time() + seconds)
    if seconds and soak >= seconds - budget.reserve:
        what = f"{budget.told()} leave no time for a soak of {config.getoption('--soak')}"
        raise ConfigError([Problem("--budget", what, "Give more, or shorten --soak")])
    return budget


def _all_settings(
    config: pytest.Config, target: Target, options: Options, still_open: list[Problem]
) -> Settings:
    """The settings; what is still open in the target file is told together with what is not set."""
    try:
        settings = load_settings(target, config.rootpath, options.secrets_id)
    except ConfigError as error:
        raise ConfigError([*still_open, *error.problems]) from None
    problems = [*still_open, *too_few(target, settings, worker_count(config))]
    if problems:
        raise ConfigError(problems)
    return settings


def make_run(
    config: pytest.Config,
    facts: RunFacts,
    target: Target,
    settings: Settings,
    numbers: Mapping[str, int],
    redactor: Redactor,
) -> Run:
    """What the checks of one process share; `numbers` say as which test users it works."""
    options = Options()
    wanted = browser_options(config, options)
    executable, no_browser = None, None
    try:
        if wanted.endpoint is None:
            executable = find_browser(options.browser, config.rootpath)
    except ProbeError as error:  # told to each check that wants one
        no_browser = error
    run = Run(
        facts=facts,
        target=target,
        settings=settings,
        options=wanted,
        executable=executable,
        worker=getattr(config, "workerinput", {}).get("workerid", ""),
        people=people(target, settings, facts.leases, numbers, facts.shard) if numbers else None,
        redactor=redactor,
    )
    run.browser.missing = no_browser
    return run


def run_entry(
    config: pytest.Config, facts: RunFacts, target: Target, scope: str, clean: Callable[[str], str]
) -> dict[str, Any]:
    """The journal's first entry: what is run, where, by whom, and why; `clean` for what a shell would quote."""
    options, machine, narrowed = Options(), Machine(), narrowing(config)
    shard = parse_shard(facts.shard)
    return {
        "kind": "run",
        "schema": 1,
        "run_id": facts.run_id,
        "system": facts.system,
        "system_title": target.title,
        "environment": facts.environment,
        "urls": dict(target.environment.urls),
        "started": facts.started,
        "tester": tester(config, options, machine, config.rootpath),
        "reason": str(config.getoption("--reason") or options.reason),
        "tool_version": __version__,
        "selection": _selection(config),
        "partial": narrowed.partial,
        "partial_why": narrowed.why,
        "scope": scope,
        "version_expected": dict(facts.expected_versions) or None,
        "python": platform.python_version(),
        "command": shlex.join(["pytest", *map(clean, sys.argv[1:])]),
        "gate": bool(config.getoption("--gate") or machine.in_ci),
        **({"shard": {"index": shard.index, "of": shard.of}} if shard else {}),
    }


def _selection(config: pytest.Config) -> dict[str, Any]:
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return {
        "markers": config.getoption("markexpr", ""),
        "keyword": config.getoption("keyword", ""),
        "paths": [] if whole else list(config.args),
    }
