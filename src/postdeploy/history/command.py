"""`postdeploy history`: prints the kept runs, or draws them as a page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from postdeploy.errors import ConfigError, Problem
from postdeploy.history.place import SETTING, Place, find_place
from postdeploy.history.store import HistoryError
from postdeploy.settings import Options

if TYPE_CHECKING:
    from postdeploy.history.archive import Found

_LAST: Final = 20
PAGE: Final = Path("reports/history.html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `postdeploy history`."""
    parser.add_argument("form", nargs="?", choices=("text", "html"), default="text")
    parser.add_argument("--system", default=None, help="of one system (default: of all)")
    parser.add_argument("--env", default=None, help="of one environment (default: of all)")
    parser.add_argument(
        "--last", type=int, default=_LAST, metavar="N", help=f"so many runs (default: {_LAST})"
    )
    parser.add_argument(
        "--history", default=None, metavar="WHERE", help=f"folder or s3:// (default: {SETTING})"
    )
    parser.add_argument(
        "--out", default=PAGE, type=Path, metavar="FILE", help=f"for html (default: {PAGE})"
    )


def run(options: argparse.Namespace) -> int:
    """Print or draw; 0 when there is at least one run, 1 when there is none. Raises ConfigError."""
    if options.last < 1:
        raise ConfigError(
            [Problem("--last", f"{options.last} is no number of runs", "Say 1 or more")]
        )
    place = _place(options)
    whole = options.form == "html"
    found = _found(place, options, whole=whole)
    if not found.entries:
        from postdeploy.plain import one_line

        told = "; ".join(found.passed_over[:3])
        print(one_line(f"No run is kept in {place}{f' ({told})' if told else ''}."))
        return 1
    if whole:
        return _draw(place, found, options.out)
    from postdeploy.history.telling import lines

    print("\n".join(lines(found, options.last)).rstrip())
    return 0


def _place(options: argparse.Namespace) -> Place:
    place = find_place(options.history or Options().history, Path.cwd())
    if place is None:
        mend = "Set it to a folder or s3://bucket/prefix, or say --history WHERE"
        raise ConfigError([Problem(SETTING, "is not set, so that no run was kept", mend)])
    return place


def _found(place: Place, options: argparse.Namespace, *, whole: bool) -> Found:
    from postdeploy.history.archive import Archive
    from postdeploy.history.since import LOOK_BACK

    last = None if whole else max(options.last, LOOK_BACK)
    try:
        return Archive(place.open()).find(options.system, options.env, last)
    except HistoryError as error:
        raise ConfigError([Problem(SETTING, f"cannot be read: {error}", "Mend that")]) from None


def _draw(place: Place, found: Found, out: Path) -> int:
    from postdeploy.history.page import draw
    from postdeploy.record.writers.files import write_file

    text = draw(found, place.open(), out.absolute().parent, Path.cwd() / "reports")
    try:
        write_file(out, text)
    except OSError as error:
        raise ConfigError([Problem("--out", f"{out}: {error.strerror}", "Name a file")]) from None
    print(f"{len(found.entries)} runs: {out}")
    return 0
