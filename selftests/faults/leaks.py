"""Looks for the sandbox's own secrets in all that a run against a fault has left: without the redactor."""

from __future__ import annotations

import base64
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

from selftests.faults.running import FaultRun
from selftests.faults.warm import ROOT

_SESSION = re.compile(rb"[0-9a-f]{32}(?:\.|%2e)[0-9a-f]{64}", re.IGNORECASE)
"""A session token as the stand-in issues it."""
_SECRET = re.compile(r"^\w+_(?:PASSWORD|TOTP_SECRET|TOKEN|KEY)=(\S{8,})$", re.MULTILINE)


def leaks(run: FaultRun) -> list[str]:
    """Sentences on each file, and on the terminal, that holds a secret; and on what had to be withheld."""
    found = [f"{place} holds a secret" for place, data in _everything(run) if _holds(data)]
    if (run.folder.parent / ".withheld").exists():
        found.append("a file was withheld: some writer goes without the redactor")
    if not (run.folder / "publishable.txt").is_file():
        found.append("nothing says what may be published")
    return found


def _everything(run: FaultRun) -> Iterator[tuple[str, bytes]]:
    yield "the terminal", run.said.encode()
    for path in run.folder.rglob("*"):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path.name}: {name}", archive.read(name)
        elif path.is_file():
            yield path.name, path.read_bytes()


def _holds(data: bytes) -> bool:
    return bool(_SESSION.search(data)) or any(secret in data for secret in _secrets())


@cache
def _secrets() -> tuple[bytes, ...]:
    values = {
        value
        for file in (ROOT / "targets").glob("*.env")
        for value in _SECRET.findall(Path(file).read_text(encoding="utf-8"))
    }
    spelled = {*values, *(quote(value, safe="") for value in values)}
    encoded = {base64.b64encode(value.encode()).rstrip(b"=") for value in values}
    return tuple(sorted({*(one.encode() for one in spelled), *encoded}))
