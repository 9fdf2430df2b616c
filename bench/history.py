"""`python -m bench.history [--runs N] [--items N]`: how long a long history takes to read, to compare with, to draw."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from postdeploy.history.archive import Archive
from postdeploy.history.folder import Folder
from postdeploy.history.kept import KeptRun
from postdeploy.history.since import LOOK_BACK, compare
from postdeploy.outcome import Verdict

T = TypeVar("T")
COMMAND = "from postdeploy.cli import main; raise SystemExit(main())"
FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the history, and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--items", type=int, default=170)
    parser.add_argument("--folder", type=Path, default=None, help="where to make it, and leave it")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        archive = Archive(Unsafe(folder))
        chance = random.Random(1)  # noqa: S311 - it guards nothing
        _timed(f"keep {options.runs} records", lambda: _keep(archive, chance, options))
        _timed("compare the newest with the earlier ones", lambda: _compare(archive))
        _timed("read all", lambda: archive.find())
        command = [sys.executable, "-c", COMMAND, "history", "--history", str(folder)]
        page = folder / "history.html"
        _timed("print", lambda: _run(command))
        _timed("draw", lambda: _run([*command, "html", "--out", str(page)]))
        print(f"the page: {page.stat().st_size / 1e6:.2f} MB")
        index = next((folder / "index").rglob("*.jsonl"))
        print(f"the index: {index.stat().st_size / 1e6:.1f} MB")
        index.unlink()
        _timed("compare without an index", lambda: _compare(archive))
        index.unlink()
        _timed("read all without an index", lambda: archive.find())


def _compare(archive: Archive) -> None:
    runs = archive.find("qumis", "prod", LOOK_BACK).runs
    assert compare(runs[-1], runs) is not None


class Unsafe(Folder):
    """A folder that does not wait for the disk: only reading is measured."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._root = path

    def add(self, name: str, content: bytes) -> bool:
        """Write the file."""
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return True


def _keep(archive: Archive, chance: random.Random, options: argparse.Namespace) -> None:
    names = tuple(
        f"area-{index % 14}.part-{index // 14}.what-is-looked-at-{index}"
        for index in range(options.items)
    )
    for number in range(options.runs):
        archive.add(made_run(number, names, chance), b"{}")


def made_run(number: int, names: tuple[str, ...], chance: random.Random) -> KeptRun:
    """A run of which a little went wrong; each day has five."""
    started = FIRST + timedelta(hours=4.8 * number)
    marks = chance.choices("PKFB", (0.9975, 0.0015, 0.0006, 0.0004), k=len(names))
    if number % 40 > 34:
        marks[3] = "F"
    took = [(0.2 + index % 17) * chance.lognormvariate(0, 0.15) for index in range(len(names))]
    return KeptRun(
        run_id=f"{started:%y%m%d-%H%M%S}-{number % 65536:04x}",
        system="qumis",
        system_title="Qumis",
        environment="prod",
        version={"api": f"{number // 5:07x}"},
        started=started,
        ended=started + timedelta(seconds=38 + chance.random() * 8),
        kept=started + timedelta(seconds=60),
        verdict=Verdict.NO_GO if "F" in marks else Verdict.GO,
        items=names,
        outcomes="".join(marks),
        seconds=tuple(
            round(seconds, 3) if mark == "P" else None
            for seconds, mark in zip(took, marks, strict=True)
        ),
    )


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _timed(what: str, work: Callable[[], T]) -> T:
    began = time.perf_counter()
    result = work()
    print(f"{what}: {time.perf_counter() - began:.2f} s", flush=True)
    return result


if __name__ == "__main__":
    main()
