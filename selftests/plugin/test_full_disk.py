"""A file system that is really full: the run ends, is no GO, says so, and its record is put aside."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from selftests.plugin.conftest import Make

_KIB = 24
"""Room for the journal's beginning, and not for a record."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, smaller than any record."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_KIB}k", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("this machine has no mount")
    if mounted.returncode:
        pytest.skip(f"nothing may be mounted here: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_the_record_is_put_aside_and_says_that_the_disk_is_full(
    make: Make, small_disk: Path
) -> None:
    run = make().run(f"--reports={small_disk}")
    assert run.code == 30, run.out
    told = " ".join(run.out.split())
    assert "BLOCKED" in told
    assert "No space left on device; free some space there, and run again" in told
    assert "12 passed" in told, "all was looked at"
    assert not re.search("INTERNALERROR|Traceback", told)
    aside = re.search(r"Meanwhile it is in (\S+?)\.(?: |$)", told)
    assert aside is not None, run.out
    record = json.loads((Path(aside[1]) / "record.json").read_text())
    assert record["verdict"] == "BLOCKED"
    assert "Not everything could be written down" in record["decision"]["because"]
    assert sum(file.stat().st_size for file in small_disk.rglob("*")) <= 2 * _KIB * 1024
