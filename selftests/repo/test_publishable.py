"""What CI uploads is what the search for secrets has let pass, and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a finished run, one that was never searched, and a withheld file."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "publishable", tmp_path / "scripts")
    finished, killed = tmp_path / "reports" / "one", tmp_path / "reports" / "two"
    for folder in (finished / "evidence", killed, tmp_path / "reports" / ".withheld" / "one"):
        folder.mkdir(parents=True)
        (folder / "secret.txt").write_text("password")
    (finished / "record.json").write_text("{}")
    (finished / "evidence" / "a page.png").write_bytes(b"picture")
    (finished / "publishable.txt").write_text("record.json\nevidence/a page.png\n")
    (tmp_path / "reports" / "latest").symlink_to("one")
    return tmp_path


def test_only_what_passed_is_gathered(project: Path) -> None:
    done = subprocess.run(
        [project / "scripts" / "publishable", "out"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    gathered = sorted(
        str(path.relative_to(project / "out"))
        for path in (project / "out").rglob("*")
        if path.is_file()
    )
    assert gathered == ["one/evidence/a page.png", "one/record.json"]
    assert "reports/two was not searched" in done.stderr


def test_workflows_upload_from_there_alone() -> None:
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = path.read_text()
        uploads = text.split("uses: actions/upload-artifact@")[1:]
        places = [
            re.findall(r"^ +path: (.+)$", upload.partition("- name")[0], re.M) for upload in uploads
        ]
        assert places == [["publish/"]] * len(uploads), path.name
        assert text.count("run: scripts/publishable publish") == len(uploads), path.name
