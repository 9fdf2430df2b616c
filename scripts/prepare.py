"""Makes this folder ready to run: a virtual environment, the packages, a browser that starts."""

from __future__ import annotations

import argparse
import fcntl
import sys
from pathlib import Path

from scripts import browser, packages
from scripts.steps import SetupError, say

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"


def main() -> int:
    """Prepare what is missing; 0 when all is there, 4 when a person has to do something first."""
    parser = argparse.ArgumentParser(prog="scripts/setup", description=__doc__)
    parser.add_argument("--no-browser", action="store_true", help="prepare the packages only")
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    try:
        with (CACHE / "setup.lock").open("w") as lock:
            _wait_for_turn(lock.fileno())
            (CACHE / "setup.log").write_bytes(b"")
            packages.prepare(ROOT, CACHE)
            if not options.no_browser:
                browser.prepare(ROOT, CACHE)
    except SetupError as error:
        print(f"postdeploy: {error}", file=sys.stderr)
        return 4
    return 0


def _wait_for_turn(descriptor: int) -> None:
    """Two set-ups in one folder go one after the other."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another set-up is at work in this folder; waiting for it")
        fcntl.flock(descriptor, fcntl.LOCK_EX)


if __name__ == "__main__":
    sys.exit(main())
