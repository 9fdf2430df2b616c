"""The command line of a run: its options, and what they resolve to."""

from __future__ import annotations

import re
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from postdeploy.errors import ConfigError, Problem, nearest
from postdeploy.expected import component_versions
from postdeploy.given import guarded
from postdeploy.settings import Machine, Options
from postdeploy.target import Bounds, Environment, Target
from postdeploy.target_file import PRODUCTION, production

PROD_SMOKE = "prod_smoke"


def add_options(parser: pytest.Parser) -> None:
    """Register the options and ini keys of postdeploy."""
    group = parser.getgroup("postdeploy", "validate one environment of one deployed system")
    addoption = guarded(group.addoption)
    addoption("--system", default="qumis", help="system to look at: targets/<system>.toml")
    addoption(
        "--env",
        default=None,
        help="environment (default: sandbox; with -m prod_smoke prod, or the one that is protected)",
    )
    addoption(
        "--tester", default="", help="whose run this is (default: CI's actor, git's user.name)"
    )
    addoption("--reason", default="", help="why it is run, for the record")
    addoption(
        "--expect-version",
        default=None,
        help="image tag or commit that must be running; or api=…,web=… for each component",
    )
    addoption(
        "--wait-for-rollout",
        default=None,
        metavar="15m",
        help="wait so long for a rollout in progress",
    )
    addoption(
        "--soak",
        default=None,
        metavar="15m",
        help="keep looking so long after the flows have passed",
    )
    addoption(
        "--budget",
        default=None,
        metavar="10m",
        help="what is not answered by then is not run, and the verdict BLOCKED",
    )
    addoption("--read-only", action="store_true", help="only checks that write nothing")
    addoption(
        "--no-sweep", action="store_true", help="do not remove what earlier, killed runs have left"
    )
    addoption("--gate", action="store_true", help="a partial run ends with 30, as it does in CI")
    addoption(
        "--bound", action="append", default=[], metavar="NAME=SECONDS", help="tighten a bound"
    )
    addoption(
        "--no-retry", action="store_true", help="what fails once has failed: nothing is flaky"
    )
    addoption(
        "--at-once", type=int, default=None, help="browser flows at the same time (default: 16)"
    )
    addoption(
        "--browser-endpoint",
        default=None,
        metavar="ADDRESS",
        help="ws://… of a Playwright server, http://… of a browser over CDP (default: POSTDEPLOY_BROWSER_ENDPOINT)",
    )
    addoption(
        "--allow-critical-waivers",
        action="store_true",
        help="let waivers count for items whose failure means a rollback, or which are preconditions",
    )
    addoption(
        "--shard",
        default=None,
        metavar="2/4",
        help="only this part of the checks; merge the records",
    )
    addoption(
        "--items",
        default=None,
        metavar="ID,ID",
        help="only the checks of these items; run:reports/<run id>: of all that was not well in that run",
    )
    addoption(
        "--durations-file",
        default=None,
        metavar="FILE",
        help="divide by it: record.json of an earlier run (default: the durations that pytest keeps)",
    )
    addoption(
        "--history",
        default=None,
        metavar="WHERE",
        help="folder or s3://bucket/prefix that keeps finished records (default: POSTDEPLOY_HISTORY)",
    )
    telling = {"dest": "postdeploy_tell", "default": None}
    told = "tell the target file's receivers of the verdict (default: POSTDEPLOY_TELL, or in CI)"
    addoption("--tell", action="store_true", help=told, **telling)
    addoption("--no-tell", action="store_false", help="tell nobody", **telling)
    addoption("--reports", default="reports", help="folder that takes the runs' records")
    parser.addini(
        "postdeploy_targets", "folder of target files; unset = postdeploy is off", default=""
    )
    parser.addini("postdeploy_checklists", "folder of checklist files", default="checklists")
    parser.addini("postdeploy_waivers", "folder of waiver files", default="waivers")


def misled(config: pytest.Config) -> str:
    """What to say where a run was meant and pytest has found no configuration of it, or "".

    It looks for its configuration before it knows our options, and takes the folder behind one for a folder of tests.
    """
    folders = {"--reports": "reports", "--history": None}
    named = [name for name, usual in folders.items() if config.getoption(name) != usual]
    if not named or config.inipath is not None:
        return ""
    return (
        f"postdeploy: nothing was run: pytest took the folder of {named[0]} for one of tests and looked for its "
        f"configuration there. Write {named[0]}=FOLDER, with an equals sign"
    )


def environment_name(config: pytest.Config) -> str:
    """--env, or the production of the system for `-m prod_smoke`, or sandbox."""
    chosen = config.getoption("--env")
    if chosen:
        return str(chosen)
    if config.getoption("markexpr", "") != PROD_SMOKE:
        return "sandbox"
    folder = config.rootpath / str(config.getini("postdeploy_targets"))
    try:
        return production(folder, str(config.getoption("--system")))
    except ConfigError:  # told when the file is read for the run
        return PRODUCTION


def unmarked(config: pytest.Config) -> list[Problem]:
    """What is wrong with an empty -m that leaves it open which environment is meant."""
    given = config.invocation_params.args
    empty = [one for flag, one in pairwise(given) if flag == "-m"]
    if config.getoption("--env") or not any(not str(one).strip() for one in empty):
        return []
    what = (
        "is empty: the variable behind it is probably not set, and the sandbox would be looked at"
    )
    return [Problem("-m", what, "Set it, leave it out, or say --env")]


def new_run_id() -> str:
    """Sortable by time, short enough for names of things: 261121-101500-4f2a."""
    return f"{datetime.now(UTC):%y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def tester(config: pytest.Config, options: Options, machine: Machine, root: Path) -> str:
    """--tester, else the setting, else CI's actor, else git's user name, else the login name."""
    named = str(config.getoption("--tester") or options.tester or machine.actor)
    return named or _git_user(root) or machine.user or "unknown"


def _git_user(root: Path) -> str:
    try:
        done = subprocess.run(
            ["git", "config", "user.name"],  # noqa: S607 - git from PATH is meant
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
            timeout=5,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def expected_versions(text: str, target: Target) -> dict[str, str]:
    """--expect-version as component → version, one version standing for all components.

    Raises ConfigError for an unknown component, or when the target declares none.
    """
    if not text:
        return {}
    if "=" not in text:
        return _for_all(text, target)
    pairs = component_versions(text)
    known = target.environment.versions
    problems = [
        Problem(
            "--expect-version", f"{name!r} is no component of {target.file}", nearest(name, known)
        )
        for name in pairs
        if name not in known
    ]
    if problems:
        raise ConfigError(problems)
    return pairs


def _for_all(version: str, target: Target) -> dict[str, str]:
    if not target.environment.versions:
        where = f"{target.file}, [environments.{target.name}]"
        mend = "Add [versions], so that a version can be looked for"
        raise ConfigError(
            [Problem(where, "declares no component whose version could be read", mend)]
        )
    return dict.fromkeys(target.environment.versions, version)


def tightened(environment: Environment, wanted: Mapping[str, float]) -> Environment:
    """The environment with tighter bounds. Raises ConfigError for an unknown or a looser one."""
    problems = [*_bound_problems(environment.bounds, wanted)]
    if problems:
        raise ConfigError(problems)
    return environment.model_copy(
        update={"bounds": environment.bounds.model_copy(update=dict(wanted))}
    )


def _bound_problems(bounds: Bounds, wanted: Mapping[str, float]) -> list[Problem]:
    problems = []
    for name, value in wanted.items():
        if name not in Bounds.model_fields:
            problems.append(
                Problem("--bound", f"unknown bound {name!r}", nearest(name, Bounds.model_fields))
            )
        elif not 0 < value <= getattr(bounds, name):
            mend = f"Only a tighter one is taken: at most {getattr(bounds, name):g}"
            problems.append(
                Problem("--bound", f"{name} = {value:g} is looser than the target file's", mend)
            )
    return problems


def parse_bounds(texts: list[str]) -> dict[str, float]:
    """NAME=SECONDS pairs. Raises ConfigError for what is not one."""
    parsed: dict[str, float] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            parsed[name] = float(value)
        except ValueError:
            mend = "Write NAME=SECONDS, for example job_seconds=20"
            raise ConfigError([Problem("--bound", f"{text!r} is no bound", mend)]) from None
    return parsed


def parse_duration(option: str, text: str) -> float:
    """Seconds of "90s", "15m" or "2h"; "" is 0. Raises ConfigError for anything else."""
    if not text:
        return 0.0
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if found is None or not float(found[1]):
        mend = "Write a number and s, m or h, for example 15m"
        raise ConfigError([Problem(option, f"{text!r} is no time", mend)])
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


@dataclass(frozen=True)
class Narrowing:
    """Why a run does not look at everything, or ""."""

    why: str

    @property
    def partial(self) -> bool:
        """Whether there can be no verdict."""
        return bool(self.why)


_NARROWING = {
    "keyword": "-k",
    "lf": "--lf",
    "stepwise": "--stepwise",
    "deselect": "--deselect",
    "ignore": "--ignore",
    "ignore_glob": "--ignore-glob",
}
_COLLECTING = {"testpaths", "norecursedirs", "python_files", "python_functions", "python_classes"}
"""Ini keys that decide which checks are found."""


def narrowing(config: pytest.Config) -> Narrowing:
    """What on the command line narrows the run beyond its scope."""
    reasons = [told for name, told in _NARROWING.items() if config.getoption(name, None)]
    changed = {
        ini.partition("=")[0].strip() for ini in config.getoption("override_ini", None) or ()
    }
    reasons += ["--items"] * (config.getoption("--items") is not None)
    reasons += [f"-o {name}" for name in sorted(changed & _COLLECTING)]
    marks = config.getoption("markexpr", "")
    if marks not in ("", PROD_SMOKE):
        reasons.append(f"-m {marks!r}")
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        reasons.append("paths or node ids")
    return Narrowing(", ".join(reasons))


def bearable(config: pytest.Config, light: frozenset[str]) -> frozenset[str]:
    """The items that fail nothing for pytest: under -x a mere warning would end a run that can be a GO.

    It is in the record, and under what that prints. A partial run has no verdict that would be lost.
    """
    ends_early = bool(config.getoption("maxfail", 0)) and not narrowing(config).partial
    return light if ends_early else frozenset()
