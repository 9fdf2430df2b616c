"""Whatever was altered after the end of a run is found and named, and nothing that completes it later hides it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from postdeploy import cli
from postdeploy.closing import close, search
from postdeploy.record.journal import Journal
from postdeploy.record.seal import SealBroken, journal_lines, seal
from postdeploy.record.verifying import verify
from postdeploy.redact import Redactor
from selftests.unit.sample_journal import attempt, item, journal_of

Tamper = Callable[[list[bytes]], list[bytes]]
FORGED = json.dumps(attempt("a", attempt=2)).encode()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of ten observations and one open item, completed by one attestation."""
    folder = tmp_path_factory.mktemp("sealed") / "r1"
    (folder / "evidence" / "deep").mkdir(parents=True)
    (folder / "evidence" / "a.png").write_bytes(b"picture")
    (folder / "evidence" / "deep" / "b.txt").write_bytes(b"text")
    seen = [attempt(name, uid=f"u{name}") for name in "abcdefghij"]
    items = [item(name) for name in "abcdefghij"] + [item("hand", by_hand=True)]
    with Journal(folder / "journal.jsonl") as journal:
        for entry in journal_of(seen, items=items):
            journal.append(entry)
    close(folder, [], 0)
    said = ["--by", "Rita", "--note", "seen"]
    assert cli.main(["record", "attest", str(folder), "hand", *said]) == 0
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "r1"))


def rewrite(folder: Path, tamper: Tamper) -> None:
    path = folder / "journal.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in tamper(journal_lines(path.read_bytes()))))


def changed(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b'"outcome":"passed"', b'"outcome":"failed"', 1) if n == 4 else line
            for n, line in enumerate(lines)]  # fmt: skip


def test_what_was_not_touched_is_what_was_sealed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["record", "verify", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "16 journal lines, 4 documents, 2 evidence files are what was sealed" in out
    assert verify(folder).problems == ()


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (changed, "journal line 5 is changed"),
        (lambda lines: lines[:4] + lines[5:], "journal line 5 is removed"),
        (lambda lines: lines[:4] + lines[7:], "journal lines 5 to 7 are removed"),
        (lambda lines: [*lines[:4], FORGED, *lines[4:]], "journal line 5 is added after the seal"),
        (lambda lines: [*lines, FORGED], "journal line 17 is added after the seal"),
        (lambda lines: [*lines, *lines[-2:]], "journal lines 17 to 18 are added after the seal"),
        (lambda lines: lines[:-1], "the journal was cut off: of 16 lines the last is missing"),
        (lambda lines: lines[:-4], "the journal was cut off: of 16 lines the last 4 are missing"),
        (lambda lines: lines[:3], "the journal was cut off: of 16 lines the last 13 are missing"),
        (lambda lines: lines[:0], "the journal was cut off: of 16 lines the last 16 are missing"),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], "line 4 is in another place"),
        (
            lambda lines: [*lines[:2], lines[9], *lines[2:9], *lines[10:]],
            "line 3 is in another place",
        ),
        (lambda lines: lines[::-1], "in another place"),
    ],
)
def test_an_altered_journal_is_found_and_the_line_is_named(
    folder: Path, tamper: Tamper, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(folder, tamper)
    assert cli.main(["record", "verify", str(folder)]) == 1
    assert problem in capsys.readouterr().out


def test_no_alteration_of_lines_goes_unseen(folder: Path) -> None:
    chance = random.Random(7)
    path = folder / "journal.jsonl"
    whole = path.read_bytes()
    lines = journal_lines(whole)
    for _ in range(300):
        altered = list(lines)
        for _ in range(chance.randint(1, 3)):
            _alter(chance, altered)
        if altered == lines:
            continue
        path.write_bytes(b"".join(line + b"\n" for line in altered))
        assert verify(folder).in_journal


def _alter(chance: random.Random, lines: list[bytes]) -> None:
    at = chance.randrange(len(lines)) if lines else 0
    match chance.choice(("drop", "swap", "copy", "bit")):
        case "drop":
            del lines[at : at + 1]
        case "swap" if lines:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case "copy" if lines:
            lines.insert(chance.randrange(len(lines)), lines[at])
        case _ if lines and lines[at]:
            place = chance.randrange(len(lines[at]))
            flipped = bytes([lines[at][place] ^ 1])
            if flipped != b"\n":
                lines[at] = lines[at][:place] + flipped + lines[at][place + 1 :]


def test_a_missing_last_line_end_is_no_alteration(folder: Path) -> None:
    path = folder / "journal.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert verify(folder).problems == ()


@pytest.mark.parametrize("name", ["record.json", "record.html", "junit.xml", "evidence/deep/b.txt"])
def test_a_changed_file_is_named(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert verify(folder).problems == (f"{name} was changed",)


def test_a_file_that_went_or_came_is_named(folder: Path) -> None:
    (folder / "evidence" / "a.png").rename(folder / "evidence" / "c.png")
    assert verify(folder).problems == (
        "evidence/a.png is not there any more",
        "evidence/c.png was added after the seal",
    )


def test_a_link_in_place_of_evidence_is_no_evidence(folder: Path) -> None:
    (folder / "copy.png").write_bytes(b"picture")
    (folder / "evidence" / "a.png").unlink()
    (folder / "evidence" / "a.png").symlink_to(folder / "copy.png")
    assert verify(folder).problems == ("evidence/a.png is no file any more",)


@pytest.mark.parametrize("content", [None, b"{", b"[]", b'{"lines": 3}'])
def test_without_its_tip_a_seal_cannot_tell_a_cut(folder: Path, content: bytes | None) -> None:
    (folder / "seal.json").unlink()
    if content is not None:
        (folder / "seal.json").write_bytes(content)
    (problem,) = verify(folder).problems
    assert "nobody can tell whether lines were cut off" in problem
    rewrite(folder, changed)
    assert "does not fit the" in verify(folder).problems[1]


def test_a_tip_made_anew_does_not_fit_the_seals_in_the_journal(folder: Path) -> None:
    rewrite(folder, changed)
    _make_tip_anew(folder)
    (problem,) = verify(folder).problems
    assert problem.startswith("the seal of ")
    assert "does not fit the 13 lines before it" in problem


def _make_tip_anew(folder: Path) -> None:
    from postdeploy.record.seal import chain, line_digest

    lines = journal_lines((folder / "journal.jsonl").read_bytes())
    digests = [line_digest(line) for line in lines]
    tip = {"lines": digests, "digest": chain(digests)}
    (folder / "seal.json").write_text(json.dumps(tip))


def test_a_run_sealed_anew_from_scratch_is_found_by_a_digest_that_was_noted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noted = verify(folder).digest
    assert cli.main(["record", "verify", str(folder), "--seal", noted[:16]]) == 0
    (folder / "seal.json").unlink()
    rewrite(folder, lambda lines: [line for line in changed(lines) if b'"seal"' not in line][:13])
    seal(folder, "recover")
    assert verify(folder).in_journal == ()
    assert cli.main(["record", "verify", str(folder), "--seal", noted[:16]]) == 1
    assert "the seal was made anew" in capsys.readouterr().out


def test_a_digest_of_before_an_attestation_still_counts(folder: Path) -> None:
    noted = verify(folder).digest
    with Journal(folder / "journal.jsonl") as journal:
        journal.append(attempt("a", attempt=2))
    seal(folder, "run")
    assert verify(folder, noted).problems == ()


@pytest.mark.parametrize("noted", ["", "0" * 11, "0" * 64])
def test_a_digest_too_short_or_wrong_says_nothing_for_it(folder: Path, noted: str) -> None:
    assert bool(verify(folder, noted).problems) is bool(noted)


@pytest.mark.parametrize("command", ["recover", "attest"])
def test_nothing_that_completes_a_run_takes_strange_evidence_for_its_own(
    folder: Path, command: str
) -> None:
    (folder / "evidence" / "forged.png").write_bytes(b"picture")
    (folder / "evidence" / "a.png").write_bytes(b"other")
    more = ["hand", "--by", "Ann", "--note", "n"] if command == "attest" else []
    assert cli.main(["record", command, str(folder), *more]) == 0
    assert verify(folder).problems == (
        "evidence/a.png was changed",
        "evidence/forged.png was added after the seal",
    )


_MADE_UP = ['{"kind":"seal","after":-3,"previous":1}', '{"kind":"seal","after":99,"files":[1]}']
_MADE_UP += ["[" * 9999]
_MADE_UP += ['{"kind":"seal","after":1,"files":{"' + "x" * 300 + '":"0","a\\u0000b":"0"}}']


@pytest.mark.parametrize("entry", _MADE_UP, ids=["before", "beyond", "deep", "names"])
def test_a_made_up_entry_breaks_nothing(folder: Path, entry: str) -> None:
    rewrite(folder, lambda lines: [*lines, entry.encode()])
    assert "journal line 17 is added after the seal" in verify(folder).problems


@pytest.mark.parametrize("command", ["recover", "attest"])
def test_nothing_that_completes_a_run_hides_what_was_altered(folder: Path, command: str) -> None:
    rewrite(folder, changed)
    more = ["hand", "--by", "Ann", "--note", "n"] if command == "attest" else []
    assert cli.main(["record", command, str(folder), *more]) != 0
    assert "journal line 5 is changed" in verify(folder).problems


def test_a_line_behind_the_seal_does_not_come_under_one_by_recovering(folder: Path) -> None:
    rewrite(folder, lambda lines: [*lines, FORGED])
    with pytest.raises(SealBroken, match="line 17 of the journal was added"):
        seal(folder, "recover")
    assert cli.main(["record", "recover", str(folder)]) == 30
    assert "journal line 17 is added after the seal" in verify(folder).problems


def test_an_attestation_that_was_interrupted_is_completed_by_recovering(folder: Path) -> None:
    from postdeploy.record.attesting import Words, _append

    _append(folder / "journal.jsonl", Words("hand", "Ann", "seen as well"))
    assert verify(folder).problems
    assert cli.main(["record", "recover", str(folder)]) == 0
    assert verify(folder).problems == ()
    assert "Ann" in (folder / "record.json").read_text()


def test_a_seal_that_points_outside_its_run_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "r1"
    with Journal(folder / "journal.jsonl") as journal:
        for entry in journal_of([attempt("a")]):
            journal.append(entry)
        journal.append(
            {"kind": "seal", "after": 0, "previous": "", "files": {"../../x": "0", "/etc/x": "0"}}
        )
    assert {problem.partition(" was")[0] for problem in verify(folder).in_files} == {
        "../../x",
        "/etc/x",
    }


def test_a_disk_that_refuses_the_seal_is_no_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("postdeploy.closing.seal", full)
    closing = close(folder, [], 0)
    assert (closing.record.verdict, closing.exit_code) == ("BLOCKED", 30)
    assert "it could not be sealed: No space left on device" in closing.trouble


def test_what_the_search_for_secrets_withheld_was_so_when_the_run_was_sealed(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "r1"
    (folder / "evidence").mkdir(parents=True)
    (folder / "evidence" / "log.txt").write_text("password hunter2-and-more")
    with Journal(folder / "journal.jsonl") as journal:
        for entry in journal_of([attempt("a")]):
            journal.append(entry)
    closing = search(close(folder, [], 0), [], 0, Redactor(["hunter2-and-more"]))
    assert not (folder / "evidence" / "log.txt").exists()
    assert (closing.exit_code, closing.digest) == (30, verify(folder).digest)
    assert verify(folder).problems == ()
