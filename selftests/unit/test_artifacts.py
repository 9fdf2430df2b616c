"""Traces and videos are kept as asked for, named for their check, and hold no secret."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from postdeploy.artifacts import clean_zip, file_name, keep_videos, keeps
from postdeploy.redact import MASK, Redactor


@pytest.mark.parametrize(
    ("option", "of_passed", "of_failed"),
    [("on", True, True), ("retain-on-failure", False, True), ("off", False, False)],
)
def test_an_artifact_is_kept_as_the_option_says(
    option: str, of_passed: bool, of_failed: bool
) -> None:
    assert (keeps(option, passed=True), keeps(option, passed=False)) == (of_passed, of_failed)


def test_a_file_is_named_for_its_check() -> None:
    assert file_name("A policy, uploaded to My Vault!", 2, "zip") == (
        "a-policy-uploaded-to-my-vault-2.zip"
    )


def test_a_trace_is_copied_without_secrets_and_pictures_as_they_are(tmp_path: Path) -> None:
    entries = {
        "trace.network": b'{"cookie": "session-cookie-1"}',
        "resources/a.json": b"\xff session-cookie-1",
        "resources/b.png": b"session-cookie-1",
    }
    raw, cleaned = tmp_path / "raw", tmp_path / "trace.zip"
    with zipfile.ZipFile(raw, "w") as file:
        for name, content in entries.items():
            file.writestr(name, content)
    clean_zip(raw, cleaned, Redactor(["session-cookie-1"]))
    with zipfile.ZipFile(cleaned) as file:
        found = {name: file.read(name) for name in file.namelist()}
    assert found == {
        "trace.network": f'{{"cookie": "{MASK}"}}'.encode(),
        "resources/a.json": b"\xff " + MASK.encode(),
        "resources/b.png": b"session-cookie-1",
    }


@pytest.mark.parametrize(
    ("keep", "names"), [(True, ["a-title-1.webm", "a-title-2.webm"]), (False, [])]
)
def test_videos_are_named_for_their_check_or_deleted(
    tmp_path: Path, keep: bool, names: list[str]
) -> None:
    videos = [tmp_path / name for name in ("x.webm", "y.webm")]
    for video in videos:
        video.write_bytes(b"moving")
    keep_videos(videos, "A title", keep=keep)
    assert sorted(path.name for path in tmp_path.iterdir()) == names
