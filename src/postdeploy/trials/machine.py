"""This machine: its Python and packages, its disk, what earlier runs left on it, and its proxies."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from postdeploy.leases import folder_for_all
from postdeploy.ledger import left_by_others
from postdeploy.probes.proxy import Proxies, without_login
from postdeploy.target_file import shown
from postdeploy.trials.finding import Finding

_PYTHON = (3, 11)
_FREE_BYTES = 500 * 1024 * 1024
"""What a run with traces and videos of all its flows comes to, and some air."""
_NAMED = 3


def packages(root: Path) -> Finding:
    """Python, and the packages that `constraints.txt` pins."""
    told = platform.python_version()
    if sys.version_info < _PYTHON:
        return Finding("python", False, told, f"Use Python {'.'.join(map(str, _PYTHON))} or newer")
    file = root / "constraints.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    pins = [line.partition(";")[0].split("==") for line in lines if "==" in line]
    others = [
        f"{name} is {found}, not {wanted.strip()}"
        for name, wanted in pins
        if (found := _installed(name)) not in ("", wanted.strip())
    ]
    if others:
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        named = "; ".join(others[:_NAMED])
        return Finding("python", False, f"{told}; {named}{more}", "Run `make setup`")
    return Finding("python", True, f"{told}, {len(pins)} packages pinned")


def _installed(name: str) -> str:
    try:
        return version(name.strip())
    except PackageNotFoundError:  # it belongs to an extra that is not wanted here
        return ""


def reports(folder: Path) -> Finding:
    """Whether the folder of the reports can be written to, and has room."""
    trouble = _unwritable(folder)
    if trouble:
        mend = "Let this user write there, or name another folder with --reports"
        return Finding("reports folder", False, trouble, mend)
    free = shutil.disk_usage(folder).free
    told = f"{shown(folder)}: {free / 1024 / 1024:,.0f} MB free"
    if free < _FREE_BYTES:
        mend = f"Free some space: a run may take {_FREE_BYTES // 1024 // 1024} MB"
        return Finding("reports folder", False, told, mend)
    return Finding("reports folder", True, told)


def leases() -> Finding:
    """Whether the runs of this account can tell each other which test users are at work."""
    nowhere = Path()
    folder = folder_for_all(nowhere)
    if folder == nowhere:
        told = "runs on this machine cannot tell each other which test users are at work"
        mend = "Set XDG_STATE_HOME to a folder that can be written to"
        return Finding("lease folder", False, told, mend)
    return Finding("lease folder", True, shown_short(folder))


def shown_short(folder: Path) -> str:
    """A folder as the table has room for it."""
    text = str(folder)
    home = str(Path.home())
    return f"~{text.removeprefix(home)}" if text.startswith(home) else text


def _unwritable(folder: Path) -> str:
    """Why nothing can be written there, or ""."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        return f"{folder}: {error.strerror or error}"
    return ""


def leftovers(folder: Path) -> Finding:
    """What the ledgers of earlier runs say was made and not removed."""
    runs = [run for run in sorted(folder.glob("*")) if run.is_dir() and not run.is_symlink()]
    left = {run.name: count for run in runs if (count := _left(run))}
    if not left:
        return Finding("leftover ledgers", True, f"none in {len(runs)} runs")
    told = ", ".join(f"{name}: {count}" for name, count in list(left.items())[-_NAMED:])
    more = f" and {len(left) - _NAMED} more runs" if len(left) > _NAMED else ""
    mend = "Look whether those runs still go on; else run `postdeploy cleanup`"
    return Finding("leftover ledgers", False, f"left behind: {told}{more}", mend)


def _left(run: Path) -> int:
    try:
        return len(left_by_others(run))
    except (OSError, ValueError, KeyError):  # not to be read: somebody has to look at it
        return 1


def proxies(found: Proxies) -> Iterator[Finding]:
    """The proxies that everything goes through; whether they let it through is seen with each address."""
    told = ", ".join(without_login(server) for server in found.servers())
    exempt = found.by_scheme.get("no", "")
    yield Finding(
        "proxy", True, f"{told} (not for {exempt or 'this machine alone'})" if told else "none"
    )
