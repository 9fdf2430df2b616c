"""Nothing goes out that holds a secret, and nothing that could not be searched for one."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from postdeploy import secrecy
from postdeploy.redact import Redactor
from postdeploy.secrecy import PUBLISHABLE, Findings, keep_back, publish, scan
from postdeploy.unpacking import MEBIBYTE, Bounds, Piece, Unreadable, pieces
from selftests.unit.planted import ARTIFACTS, INNOCENT, SECRETS, SPELLINGS, plant, redactor

ALL = redactor()
DRAWN_ONLY = {"evidence/1.png", "evidence/export.pdf", "evidence/1.jpg", "evidence/1.webm"}
"""What holds Latin letters only, or bytes in which nothing is wrapped or escaped."""
PLAIN_ENOUGH = {"plain", "base64 of user:secret", "base64url", "hex"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a run among others."""
    run = tmp_path / "reports" / "run-1"
    run.mkdir(parents=True)
    return run


def _told(findings: Findings) -> str:
    return "\n".join(findings.sentences)


@pytest.mark.parametrize(
    ("artifact", "spelling"),
    [
        (artifact, spelling)
        for artifact in ARTIFACTS
        for spelling in SPELLINGS
        if artifact not in DRAWN_ONLY or spelling in PLAIN_ENOUGH
    ],
)
def test_each_kind_of_secret_is_caught_in_each_artifact(
    folder: Path, artifact: str, spelling: str
) -> None:
    for number, (kind, value) in enumerate(SECRETS.items()):
        if artifact in DRAWN_ONLY and not value.isascii():
            value = value.encode("ascii", "ignore").decode()[:-1] + "e"
            ALL.learn(value, kind)
        run = folder / str(number)
        plant(run, artifact, SPELLINGS[spelling](value))
        innocent = plant(run, "run.log" if artifact != "run.log" else "record.md", INNOCENT)
        findings = keep_back(run, ALL)
        assert [one.file for one in findings.held_back] == [artifact], kind
        assert findings.passed == (str(innocent.relative_to(run)),)
        assert findings.scanned == 2
        assert kind in _told(findings)
        assert value not in _told(findings)
        assert artifact == "journal.jsonl" or not (run / artifact).exists()
        assert (folder / ".withheld" / str(number) / artifact).stat().st_mode & 0o777 == 0o600


def test_a_run_without_secrets_passes_whole(folder: Path) -> None:
    for artifact in ARTIFACTS:
        plant(folder, artifact, INNOCENT)
    findings = keep_back(folder, ALL)
    assert findings.sentences == []
    assert set(findings.passed) == set(ARTIFACTS)
    assert findings.scanned == len(ARTIFACTS)
    assert not (folder.parent / ".withheld").exists()
    publish(folder, findings.passed)
    assert set((folder / PUBLISHABLE).read_text().splitlines()) == {*ARTIFACTS, PUBLISHABLE}


def test_a_run_of_which_nothing_was_searched_does_not_pass(folder: Path) -> None:
    assert _told(keep_back(folder, ALL)) == "No file of the run was searched for secrets."


def test_a_secret_in_the_name_of_a_file_is_caught_and_not_told(folder: Path) -> None:
    token = SECRETS["secret SENTRY_TOKEN"]
    (folder / f"export-{token}.csv").write_text("a,b\n")
    findings = keep_back(folder, ALL)
    assert "its name holds a secret (secret SENTRY_TOKEN)" in _told(findings)
    assert token not in _told(findings)
    assert [path.name for path in (folder.parent / ".withheld").rglob("*") if path.is_file()] == [
        "withheld-1"
    ]


def test_a_picture_goes_the_way_of_the_words_that_it_shows(folder: Path) -> None:
    plant(folder, "evidence/1.png", INNOCENT)
    plant(folder, "evidence/1.txt", SECRETS["bearer token"])
    plant(folder, "evidence/2.png", INNOCENT)
    findings = keep_back(folder, ALL)
    assert {one.file for one in findings.held_back} == {"evidence/1.png", "evidence/1.txt"}
    assert findings.passed == ("evidence/2.png",)


def test_a_copy_of_such_a_picture_goes_the_same_way(folder: Path) -> None:
    picture = plant(folder, "evidence/1.png", INNOCENT)
    plant(folder, "evidence/1.txt", SECRETS["bearer token"])
    copy = folder / "allure-results" / "7c1f-attachment.attach"
    copy.parent.mkdir()
    copy.write_bytes(picture.read_bytes())
    assert keep_back(folder, ALL).passed == ()


def test_a_file_that_is_still_being_written_does_not_pass(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = plant(folder, "run.log", INNOCENT)

    def slow(file: object, bounds: Bounds) -> list[Piece]:
        del file, bounds
        with log.open("a") as late:
            late.write("and one more line\n")
        return [Piece(b"what was there before")]

    monkeypatch.setattr(secrecy, "pieces", slow)
    assert "it was still being written" in _told(keep_back(folder, ALL))


def test_the_journal_stays_in_a_cleaned_copy(folder: Path) -> None:
    plant(folder, "journal.jsonl", SECRETS["bearer token"])
    keep_back(folder, ALL)
    assert json.loads((folder / "journal.jsonl").read_text())["text"] == "seen: [redacted]"
    assert keep_back(folder, ALL, only=["journal.jsonl"]).passed == ("journal.jsonl",)


def test_a_file_elsewhere_is_withheld_as_well(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "out" / "junit.xml"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(ARTIFACTS["junit.xml"](SECRETS["bearer token"]))
    findings = keep_back(folder, ALL, outside=[elsewhere])
    assert [one.file for one in findings.held_back] == [str(elsewhere)]
    assert not elsewhere.exists()


def _encrypted(path: Path) -> None:
    content = bytearray(ARTIFACTS["evidence/1-trace.zip"](INNOCENT))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        content[at + offset] |= 1
    path.write_bytes(content)


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        zeros = bytes(16 * MEBIBYTE)
        for number in range(65):
            archive.writestr(f"{number}.log", zeros)


def _torn(path: Path) -> None:
    path.write_bytes(ARTIFACTS["evidence/1-trace.zip"](INNOCENT)[:-30])


def _torn_gzip(path: Path) -> None:
    path.write_bytes(ARTIFACTS["evidence/log.gz"](INNOCENT)[:-12])


def _matryoshka(path: Path) -> None:
    content = b"innermost"
    for _ in range(9):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("inner.zip", content)
        content = packed.getvalue()
    path.write_bytes(content)


def _foreign(path: Path) -> None:
    path.write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))


def _link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _link_to_folder(path: Path) -> None:
    path.symlink_to("/etc", target_is_directory=True)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_encrypted, "it is encrypted"),
        (_torn, "broken"),
        (_torn_gzip, "broken"),
        (_matryoshka, "more than six times over"),
        (_foreign, "7-Zip"),
        (_link, "no file but a link"),
        (_link_to_folder, "no file but a link"),
        (_pipe, "no file but a link"),
    ],
)
def test_what_cannot_be_searched_does_not_pass(
    folder: Path, make: Callable[[Path], None], why: str
) -> None:
    make(folder / "evidence.bin")
    findings = keep_back(folder, ALL)
    assert findings.passed == ()
    assert why in _told(findings)
    assert list(folder.iterdir()) == []


def test_what_was_never_finished_does_not_pass(folder: Path) -> None:
    (folder / "trace.raw").write_bytes(b"")
    assert "never finished" in _told(keep_back(folder, ALL))


def test_a_name_that_would_break_the_list_does_not_pass(folder: Path) -> None:
    (folder / "a\n..").write_bytes(b"x")
    assert keep_back(folder, ALL).passed == ()


def test_a_bomb_ends_within_its_bounds_of_memory(folder: Path) -> None:
    _bomb(folder / "bomb.zip")
    with (folder / "bomb.zip").open("rb") as file:
        bounds = Bounds(left=100 * MEBIBYTE)
        tracemalloc.start()
        with pytest.raises(Unreadable, match="unpacks to more"):
            for _ in pieces(file, bounds):
                pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 60 * MEBIBYTE


def test_what_lies_across_the_border_of_two_pieces_is_seen(folder: Path) -> None:
    token = SECRETS["cookie app_session"]
    for shift in (1, 20, len(token)):
        # A film, for in a text a piece ends between two words.
        text = b"\x1aE\xdf\xa3" + b". " * (2 * MEBIBYTE)
        path = folder / f"{shift}.webm"
        path.write_bytes(text[: 4 * MEBIBYTE - shift] + token.encode() + b" and so on " * 9)
    assert scan(folder, ALL).passed == ()


def test_a_long_run_of_base64_is_not_torn(folder: Path) -> None:
    words = b"words and more words " * 4000
    password = SECRETS["password of member 1"].encode()
    body = gzip.compress(os.urandom(3 * MEBIBYTE) + words + password + words)
    page = b'<img src="data:application/json;base64,' + base64.b64encode(body) + b'">'
    (folder / "page.html").write_bytes(b"x" * 3 * MEBIBYTE + b" " + page)
    assert scan(folder, ALL).passed == ()


def test_a_token_that_nobody_knows_is_caught_by_its_place(folder: Path) -> None:
    header = {"name": "Authorization", "value": "Bearer 6d1f0b3a77e94c2e8a55"}
    (folder / "kept.har").write_text(json.dumps({"log": {"entries": [{"headers": [header]}]}}))
    findings = scan(folder, Redactor())
    assert findings.passed == ()
    assert "signed token or authorization" in _told(findings)


def test_a_usual_run_is_searched_within_a_second(folder: Path) -> None:
    line = json.dumps({"kind": "attempt", "note": "the page shows 'x' & 12 \"rows\"", "n": [1, 2]})
    for number in range(8):
        (folder / f"{number}.jsonl").write_text(f"{line}\n" * 2500)
    began = time.process_time()
    findings = scan(folder, ALL)
    assert findings.size > 1_500_000
    assert time.process_time() - began < 2  # 0.3 s where nothing else goes on
