"""Makes .venv and installs the project with its pinned packages, once per change of either."""

from __future__ import annotations

import hashlib
import sys
import time
import venv
from pathlib import Path

from scripts.steps import SetupError, last_lines, say, succeeds

INSTALL_LIMIT = 1200.0
"""Seconds for the installation: generous, for a slow line."""


def prepare(root: Path, cache: Path) -> None:
    """Leave root/.venv with what pyproject.toml and constraints.txt ask for.

    Raises SetupError when the packages cannot be installed.
    """
    stamp = root / ".venv" / ".installed"
    wanted = _fingerprint(root)
    if stamp.is_file() and stamp.read_text() == wanted and _python(root).exists():
        return
    _make_environment(root)
    stamp.unlink(missing_ok=True)
    _install(root, cache / "setup.log")
    stamp.write_text(wanted)


def _python(root: Path) -> Path:
    return root / ".venv" / "bin" / "python"


def _fingerprint(root: Path) -> str:
    """Changes with the requirements, and with the folder: no environment survives a move."""
    digest = hashlib.sha256(str(root).encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def _make_environment(root: Path) -> None:
    """A fresh environment, unless there is one that runs."""
    if succeeds([str(_python(root)), "-m", "pip", "--version"], _log(root), limit=60):
        return
    say(f"making .venv with Python {sys.version.split()[0]}")
    venv.create(root / ".venv", clear=True, with_pip=True, symlinks=True)


def _log(root: Path) -> Path:
    return root / ".cache" / "setup.log"


def _install(root: Path, log: Path) -> None:
    say("installing packages into .venv (a minute or two the first time)")
    started = time.monotonic()
    command = [
        str(_python(root)), "-m", "pip", "install", "--quiet", "--no-input",
        "--disable-pip-version-check", "-e", f"{root}[sandbox,dev]",
        "-c", str(root / "constraints.txt"),
    ]  # fmt: skip
    if not succeeds(command, log, limit=INSTALL_LIMIT):
        raise SetupError(
            f"the packages could not be installed; the end of {log.relative_to(root)}:\n"
            f"{last_lines(log)}\n    Mend that (can the package index be reached?), then try again."
        )
    say(f"packages installed in {time.monotonic() - started:.0f} s")
