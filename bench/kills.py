"""`python -m bench.kills`: runs killed at random moments, then one clean-up: theirs is gone, all else is as it was.

Each run is a real one, in a process group of its own that is killed with SIGKILL. Before them, other people put
things there; after them two runs are at work while `postdeploy cleanup` removes what the killed ones left. At the end
what everybody sees is compared byte for byte, and the product's own log of DELETEs with what was ours.

To go through many runs in several sittings, name a folder and a sandbox that is kept running:
`--folder F --sandbox http://…/addresses.json --runs 200 --seconds 150`, and `--finish` with the last of them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx

from bench.__main__ import ROOT, sandbox
from bench.neighbours import furnish, people, snapshot

CHECKS = (
    "tests/smoke/test_background_jobs.py::test_five_jobs_at_once",
    "tests/smoke/test_background_jobs.py::test_a_failed_job_is_retried",
    "tests/e2e/qumis/test_report_chat.py",
)
"""They make documents, reports and, the last one, a chat, over HTTP and in the browser."""
_COMMAND = "from postdeploy.cli import main; raise SystemExit(main())"
_OVER_HTTP, _SHORTER = 0.6, 0.6
"""How many of the runs open no page, and how much shorter these are."""
_BY_ITSELF = "after it had ended by itself"
_POLL_SECONDS = 0.002
_RUN_SECONDS = 120.0
_MOMENTS = {"at any time": 40, "at a create": 40, "in the clean-up": 20}
_OURS = re.compile(r"[0-9]{6}-[0-9]{6}-[0-9a-f]{4}")


@dataclass(frozen=True)
class Killed:
    """One run, when it was killed, and how its ledger stood."""

    run_id: str
    moment: str
    intended: int
    made: int
    removed: int

    @property
    def between(self) -> bool:
        """Whether a create had been announced, and its answer not been written down."""
        return self.intended > self.made

    @property
    def left(self) -> bool:
        """Whether something may have been left behind."""
        return self.intended > self.removed


@dataclass
class Bench:
    """The sandbox, and the folder that holds the runs."""

    announcement: str
    folder: Path
    addresses: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """Runs that know of each other, and each pool with two users: the others are people beside them."""
        blank = {
            f"QUMIS_SANDBOX_{role}_{number}_{part}": ""
            for role in ("MEMBER", "TEAMMATE")
            for number in (3, 4)
            for part in ("EMAIL", "PASSWORD", "TOTP_SECRET")
        }
        state = {"XDG_STATE_HOME": str(self.folder / "state")}
        return {**os.environ, **blank, **state, "POSTDEPLOY_SANDBOX": self.announcement}

    def start(self, number: str, *checks: str) -> tuple[subprocess.Popen[bytes], Path]:
        """A run, and the folder of its report."""
        reports = self.folder / "runs" / number
        reports.mkdir(parents=True)
        command = [sys.executable, "-m", "pytest", "--env", "sandbox", "-q", "--no-retry"]
        with (reports / "out.txt").open("wb") as out:
            process = subprocess.Popen(
                [*command, "--no-sweep", f"--reports={reports}", *(checks or CHECKS)],
                cwd=ROOT,
                env=self.environment,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        return process, reports


def lines(reports: Path) -> list[dict[str, Any]]:
    """What the ledger of the one run in a folder says."""
    found = []
    for path in reports.glob("2*/ledger*.jsonl"):
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                line = json.loads(text)
            except ValueError:  # half a line: the run was killed while it wrote
                continue
            if line.get("kind") in ("document", "report", "chat"):
                found.append(line)
    return found


def count(reports: Path) -> Counter[str]:
    """How many things the run has intended, made and removed."""
    return Counter(str(line["what"]) for line in lines(reports))


def wait_for(process: subprocess.Popen[bytes], reports: Path, what: str, number: int = 1) -> bool:
    """Wait until the ledger says so, or the run has ended."""
    deadline = time.monotonic() + _RUN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if count(reports)[what] >= number:
            return True
        time.sleep(_POLL_SECONDS)
    return False


def kill_one(bench: Bench, number: int, seed: str, usual: float) -> Killed:
    """Start a run and kill it at the moment that the seed says; `usual` is how long one takes from its first intent."""
    dice = random.Random(seed)  # noqa: S311 - it chooses moments
    moment = dice.choices(list(_MOMENTS), list(_MOMENTS.values()))[0]
    over_http = dice.random() < _OVER_HTTP
    process, reports = bench.start(f"{number:03}", *(CHECKS[:-1] if over_http else CHECKS))
    if moment == "at any time":
        wait_for(process, reports, "intended")
        time.sleep(dice.uniform(0, usual * (_SHORTER if over_http else 1)))
    elif moment == "at a create":
        which = dice.randint(1, 8) if over_http else dice.choice((*range(1, 9), *(9, 9, 9)))
        wait_for(process, reports, "intended", which)
        # The ninth is a chat, which no name of its own tells of.
        time.sleep(dice.uniform(0, 0.4 if which == 9 else 0.02))
    else:
        wait_for(process, reports, "removed", dice.randint(1, 8))
        time.sleep(dice.uniform(0, 0.02))
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        moment = _BY_ITSELF
    process.wait()
    said = count(reports)
    (folder,) = list(reports.glob("2*")) or [reports]
    killed = Killed(folder.name, moment, said["intended"], said["made"], said["removed"])
    print(f"{seed:>12} {told(killed)}", flush=True)
    return killed


def told(killed: Killed) -> str:
    """One run on one line."""
    return (
        f"{killed.run_id} killed {killed.moment}: {killed.intended} intended, {killed.made} made,"
        f" {killed.removed} removed{' <- between intent and answer' * killed.between}"
    )


def calibrate(bench: Bench) -> float:
    """How many seconds a run takes from its first intent to its end; it must leave nothing."""
    process, reports = bench.start("calibration")
    wait_for(process, reports, "intended")
    began = time.monotonic()
    code = process.wait(timeout=_RUN_SECONDS)
    said = count(reports)
    if code not in (0, 30) or said["made"] != said["removed"]:
        raise SystemExit((reports / "out.txt").read_text(encoding="utf-8"))
    return time.monotonic() - began


def sit(
    bench: Bench, runs: int, seed: int, at_once: int, seconds: float, usual: float
) -> list[Killed]:
    """Kill runs, several at once, until there are so many in all or the sitting's time is spent."""
    began, kept = time.monotonic(), bench.folder / "killed.jsonl"
    if not (bench.folder / "usual").is_file():
        (bench.folder / "usual").write_text(str(usual or calibrate(bench)))
    usual = float((bench.folder / "usual").read_text())

    def one(number: int) -> None:
        if time.monotonic() - began < seconds:
            killed = kill_one(bench, number, f"{seed}:{number}", usual)
            with kept.open("a") as file:
                file.write(json.dumps(vars(killed)) + "\n")

    with ThreadPoolExecutor(at_once) as threads:
        # Some end by themselves before their moment has come, and were not killed.
        while time.monotonic() - began < seconds and (missing := runs - _killed(_noted(kept))) > 0:
            first = len(list((bench.folder / "runs").glob("[0-9]*")))
            list(threads.map(one, range(first, first + missing)))
    return _noted(kept)


def _noted(kept: Path) -> list[Killed]:
    written = kept.read_text().splitlines() if kept.is_file() else []
    return [Killed(**json.loads(text)) for text in written]


def _killed(noted: Sequence[Killed]) -> int:
    return sum(one.moment != _BY_ITSELF for one in noted)


def _lines_of_all(bench: Bench) -> list[dict[str, Any]]:
    return [line for reports in (bench.folder / "runs").iterdir() for line in lines(reports)]


def _is_a_runs(key: str, text: str, known: set[str], noted: Sequence[Mapping[str, Any]]) -> bool:
    """Whether some run knows the thing: by its own name in it, by the id, or by an intent.

    A chat has no name before its first question: of a run killed before the answer only the intent tells.
    """
    chats = Counter(one["what"] for one in noted if one["kind"] == "chat")
    by_intent = key.startswith("chats/") and chats["intended"] > chats["made"]
    by_id = key.partition("/")[2] in {one["id"] for one in noted}
    return by_intent or by_id or bool(known & set(_OURS.findall(text)))


def finish(bench: Bench, killed: Sequence[Killed]) -> list[str]:
    """One clean-up with two runs alive beside it; returns what is wrong."""
    names = list(people())
    furnished, gone = json.loads((bench.folder / "furnished.json").read_text())
    before = snapshot(bench.addresses, names)
    left = {key: text for key, text in before.items() if key not in furnished}
    known = {path.name for path in (bench.folder / "runs").glob("*/2*")}
    strange = [key for key in left if not _is_a_runs(key, left[key], known, _lines_of_all(bench))]
    code, told, alive = clean_up_beside_runs(bench)
    after = snapshot(bench.addresses, names)
    deleted = removals(bench.addresses, len(gone))
    ours = {line["id"] for line in _lines_of_all(bench)}
    ours |= {key.partition("/")[2] for key in left}
    print(f"left by {sum(one.left for one in killed)} runs: {len(left)} things; clean-up:\n{told}")
    print(f"{len(deleted)} ids in the product's log of DELETEs, {len(furnished)} things beside")
    return [
        *(f"{key} was there, and no run of ours knows it" for key in strange),
        *([] if code == 0 else [f"the clean-up ended with {code}"]),
        *alive.wrong(deleted),
        *(f"{key} is left" for key in after if key not in furnished),
        *(f"{key} was touched" for key in furnished if after.get(key) != furnished[key]),
        *(f"{one} was to be deleted, and is not ours" for one in sorted(deleted.keys() - ours)),
    ]


@dataclass
class Alive:
    """The runs that were at work during the clean-up."""

    started: list[tuple[subprocess.Popen[bytes], Path]]
    beside: set[Path]
    """Of those, the ones that had made something while the clean-up went on."""

    def wrong(self, deleted: Mapping[str, int]) -> list[str]:
        """What happened to them that should not have: somebody else removed a thing of theirs, above all."""
        found = (
            [] if len(self.beside) > 1 else ["no two runs had made anything beside the clean-up"]
        )
        for process, reports in self.started:
            code = process.wait(timeout=_RUN_SECONDS)
            ids = {line["id"] for line in lines(reports) if line["what"] == "made"}
            said = count(reports)
            if code not in (0, 30) or said["made"] != said["removed"]:
                found.append(f"{reports.name}, beside the clean-up, ended with {code}: {said}")
            found += [
                f"{one} of {reports.name} was deleted {deleted[one]} times"
                for one in ids
                if deleted[one] != 1
            ]
        return found


def clean_up_beside_runs(bench: Bench) -> tuple[int, str, Alive]:
    """The clean-up's exit code, what it said, and the two runs that were at work at each moment of it."""
    alive = Alive([bench.start(f"alive-{n}") for n in range(2)], set())
    for process, reports in alive.started:
        wait_for(process, reports, "made")
    with (bench.folder / "cleanup.txt").open("w") as out:
        cleaning = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, "cleanup", "--env", "sandbox"],
            cwd=ROOT,
            env=bench.environment,
            stdout=out,
            stderr=out,
        )
    while cleaning.poll() is None:
        at_work = [one for one in alive.started if one[0].poll() is None]
        said = {reports: count(reports) for _, reports in at_work}
        alive.beside |= {path for path, one in said.items() if one["made"] > one["removed"]}
        if len(at_work) < 2:
            alive.started.append(bench.start(f"alive-{len(alive.started)}"))
        time.sleep(0.1)
    for process, _ in alive.started:
        process.wait(timeout=_RUN_SECONDS)
    return cleaning.returncode, (bench.folder / "cleanup.txt").read_text(), alive


def removals(addresses: Mapping[str, str], after: int = 0) -> Counter[str]:
    """Id → how often the product was asked to delete it, by its own log; the first `after` are passed over."""
    logs = boto3.client(
        "logs",
        endpoint_url=addresses["aws"],
        region_name="us-east-2",
        **dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"), "sandbox"),
    )
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="ecs/blue/sandbox/api", filterPattern='"method=DELETE"'
    )
    paths = [
        found[1]
        for page in pages
        for event in page["events"]
        if (found := re.search(r"method=DELETE path=/api/v1/\w+/(\S+) ", event["message"]))
    ]
    return Counter(paths[after:])


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, clean up, compare; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--usual", type=float, default=0, help="seconds of a run; 0: measured")
    parser.add_argument("--seconds", type=float, default=7200.0, help="of this sitting, at most")
    parser.add_argument("--sandbox", default="", help="announcement of one that is kept running")
    parser.add_argument("--folder", type=Path, help="what several sittings have in common")
    parser.add_argument("--finish", action="store_true", help="clean up after this sitting")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        where = (options.folder or Path(folder)).resolve()
        if options.sandbox:
            return sitting(options.sandbox, where, options)
        options.finish = True
        with sandbox("instant") as announcement:
            return sitting(announcement, where, options)


def sitting(announcement: str, folder: Path, options: argparse.Namespace) -> int:
    """One sitting, and the end of all if it is the last."""
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    addresses = httpx.get(announcement, trust_env=False).json()
    bench = Bench(announcement, folder, addresses)
    if not (folder / "furnished.json").is_file():
        furnish(addresses)
        known = [snapshot(addresses, people()), list(removals(addresses).elements())]
        (folder / "furnished.json").write_text(json.dumps(known))
    killed = sit(bench, options.runs, options.seed, options.at_once, options.seconds, options.usual)
    moments = Counter(one.moment for one in killed)
    between, left = sum(one.between for one in killed), sum(one.left for one in killed)
    print(f"{_killed(killed)} runs killed so far, {dict(moments)}:", flush=True)
    print(f"{between} between an intent and its answer, {left} may have left something", flush=True)
    if not options.finish:
        return 0
    wrong = finish(bench, killed)
    print("\n".join(wrong) or "nothing of ours left, nothing else touched", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
