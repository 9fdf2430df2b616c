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


SECRET = "session-cookie-1"
HEADERS = f'{{"name":"Cookie","value":"sid={SECRET}"}}'.encode()
CALL = f'{{"type":"after","result":{{"cookies":["{SECRET}"]}}}}'.encode()
SNAPSHOT = f'{{"type":"frame-snapshot","snapshot":{{"html":["P","{SECRET}"]}}}}'.encode()


def cleaned(folder: Path, redactor: Redactor, **parts: bytes) -> dict[str, bytes]:
    """What is left of a trace with those parts; `_` stands for the dot of a name."""
    raw, path = folder / "raw", folder / "trace.zip"
    with zipfile.ZipFile(raw, "w") as file:
        for name, content in parts.items():
            file.writestr(name.replace("_", "."), content)
        file.writestr("screencast/1.jpeg", b"a picture")
    clean_zip(raw, path, redactor)
    assert sorted(one.name for one in folder.iterdir()) == ["raw", "trace.zip"]
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_a_trace_is_copied_without_secrets_and_pictures_as_they_are(tmp_path: Path) -> None:
    found = cleaned(tmp_path, Redactor([SECRET]), trace_network=HEADERS, trace_trace=CALL)
    assert found == {
        "trace.network": f'{{"name":"Cookie","value":"sid={MASK}"}}'.encode(),
        "trace.trace": f'{{"type":"after","result":{{"cookies":["{MASK}"]}}}}'.encode(),
        "screencast/1.jpeg": b"a picture",
    }


@pytest.mark.parametrize("part", [{"trace_trace": SNAPSHOT}, {"1_json": b"\xff session-cookie-1"}])
def test_no_picture_is_kept_of_a_page_that_showed_a_secret(
    tmp_path: Path, part: dict[str, bytes]
) -> None:
    found = cleaned(tmp_path, Redactor([SECRET]), **part)
    assert len(found) == 1
    assert MASK.encode() in next(iter(found.values()))


@pytest.mark.parametrize(
    "header",
    [
        b'{"name":"set-cookie","value":"sid=9f8e7d6c5b4a3928; HttpOnly"}',
        b'{"name":"Cookie","value":"a=b; sid=9f8e7d6c5b4a3928"}',
        b'{"name":"Authorization","value":"Bearer 9f8e7d6c5b4a3928"}',
        b'{"name":"X-CSRF-Token","value":"9f8e7d6c5b4a3928"}',
    ],
)
def test_what_the_headers_of_a_trace_carry_is_taken_out_of_all_of_it(
    tmp_path: Path, header: bytes
) -> None:
    body = b"the page echoes 9f8e7d6c5b4a3928"
    found = cleaned(tmp_path, Redactor(), a_html=body, trace_network=header)
    assert found["a.html"] == f"the page echoes {MASK}".encode()
    assert b"9f8e7d6c5b4a3928" not in b"".join(found.values())


@pytest.mark.parametrize(
    ("keep", "names"), [(True, ["a-title-1.webm", "a-title-2.webm"]), (False, [])]
)
def test_videos_are_named_for_their_check_or_deleted(
    tmp_path: Path, keep: bool, names: list[str]
) -> None:
    videos = [tmp_path / name for name in ("x.webm", "y.webm")]
    for video in videos:
        video.write_bytes(b"moving")
    given = iter(("a-title-1.webm", "a-title-2.webm"))
    kept = keep_videos(videos, lambda: next(given), keep=keep)
    assert [path.name for path in kept] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == names
