"""Each gate is told the record's own verdict, and no doubtful record ever opens one or takes anything back."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from postdeploy import cli
from postdeploy.closing import close
from postdeploy.gate import Wanted, look
from postdeploy.merge import merge_runs
from postdeploy.record.journal import Journal
from postdeploy.record.seal import seal
from postdeploy.record.verifying import verify
from selftests.unit.sample_journal import START, attempt, end_entry, item, journal_of

PAGE = Path(__file__).parents[2] / "docs" / "gates.md"
IDENTITY = {"kind": "identity", "when": "start", "versions": {"api": "b2cce9d", "web": "ecace62"}}
VERDICTS = {"GO": 0, "NO-GO": 1, "ROLLBACK": 20, "BLOCKED": 30}
HOOKS = {"GO": "SUCCEEDED", "NO-GO": "FAILED", "ROLLBACK": "FAILED", "BLOCKED": "IN_PROGRESS"}


def run_of(folder: Path, verdict: str = "GO", **run: Any) -> Path:
    outcome = {"GO": "passed", "BLOCKED": "blocked"}.get(verdict, "failed")
    weight = "R" if verdict == "ROLLBACK" else "F"
    seen = [attempt("a", outcome, note="as seen\x1b[31m\n::error::x")]
    entries = journal_of(seen, items=[item("a", weight=weight)], others=[IDENTITY], **run)
    with Journal(folder / "journal.jsonl") as journal:
        for entry in entries:
            journal.append(entry)
    close(folder, [], int(verdict in ("NO-GO", "ROLLBACK", "BLOCKED")), latest=False)
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of each verdict."""
    folder = tmp_path_factory.mktemp("runs")
    return {verdict: run_of(folder / verdict, verdict) for verdict in VERDICTS}


def asked(
    capsys: pytest.CaptureFixture[str], folder: Path, *more: str
) -> tuple[int, dict[str, Any], str]:
    capsys.readouterr()
    code = cli.main(["gate", str(folder), *more])
    out = capsys.readouterr().out
    return code, json.loads(out) if out.startswith("{") else {}, out


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("kind", ["shell", "json", "ecs-hook", "argo"])
def test_each_gate_is_told_the_records_verdict(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str], verdict: str, kind: str
) -> None:
    code, told, out = asked(capsys, runs[verdict], "--for", kind)
    assert code == VERDICTS[verdict]
    match kind:
        case "shell":
            assert out.startswith(f"{verdict}: ")
            assert out.count("\n") == 1
        case "ecs-hook":
            again = {"callBackDelay": 60} if verdict == "BLOCKED" else {}
            assert told == {"hookStatus": HOOKS[verdict], **again}
        case "argo":
            red = verdict in ("NO-GO", "ROLLBACK")
            assert (told["go"], told["failed"]) == (verdict == "GO", red)
        case _:
            assert (told["verdict"], told["exit_code"]) == (verdict, code)


def test_the_document_names_what_it_rests_on(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    _, told, _ = asked(capsys, runs["ROLLBACK"], "--for", "json")
    note = "as seen ::error::x"
    assert told["items"] == [{"id": "a", "outcome": "failed", "weight": "R", "note": note}]
    assert (told["system"], told["environment"]) == ("qumis", "staging")
    assert told["version"] == {"api": "b2cce9d", "web": "ecace62"}
    assert told["links"]["record"].endswith("record.html")
    assert told["reason"] == "1 failure that calls for a rollback: a."


@pytest.mark.parametrize(
    ("options", "objection"),
    [
        (["--expect-version", "b2cce9d"], "looked at web ecace62, and b2cce9d is expected"),
        (["--expect-version", "api=0000000"], "looked at api b2cce9d"),
        (["--expect-version", "llm=1"], "did not see which llm is deployed"),
        (["--max-age", "30m"], "more than 30 minutes ago"),
        (["--system", "lexiscan"], "of the system qumis, not of lexiscan"),
        (["--env", "prod"], "of the environment staging, not of prod"),
        (["--seal", "0" * 64], "cannot be trusted: no line of this journal has the digest"),
    ],
)
@pytest.mark.parametrize("verdict", ["GO", "ROLLBACK"])
def test_what_is_no_answer_for_this_deployment_neither_opens_nor_takes_back(
    runs: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
    verdict: str,
    options: list[str],
    objection: str,
) -> None:
    code, told, _ = asked(capsys, runs[verdict], "--for", "json", *options)
    assert (code, told["verdict"]) == (30, "BLOCKED")
    assert objection in told["reason"]
    _, hook, _ = asked(capsys, runs[verdict], "--for", "ecs-hook", *options)
    assert hook["hookStatus"] == "IN_PROGRESS"


def test_what_was_asked_for_and_seen_opens_it(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    seal = verify(runs["GO"]).digest
    options = ["--expect-version", "api=b2cce9d1234, web=ecace62", "--max-age", "9000000h"]
    code, _, _ = asked(capsys, runs["GO"], *options, "--system", "qumis", "--seal", seal)
    assert code == 0


@pytest.mark.parametrize(("minutes", "code"), [(20, 0), (31.6, 30), (-20, 30)])
def test_the_age_is_counted_from_the_end(runs: dict[str, Path], minutes: float, code: int) -> None:
    now = START + timedelta(seconds=90, minutes=minutes)
    wanted = Wanted({}, max_age=timedelta(minutes=30))
    assert look(runs["GO"], wanted, now).exit_code == code


def test_what_it_was_told_to_expect_is_not_what_a_run_saw(tmp_path: Path) -> None:
    folder = tmp_path / "r1"
    with Journal(folder / "journal.jsonl") as journal:
        for entry in journal_of([attempt("a")]):
            journal.append(entry)
    close(folder, [], 0)
    gate = look(folder, Wanted({"*": "b2cce9d"}))
    assert (gate.exit_code, gate.reason[:26]) == (30, "The run saw no version, an")


@pytest.mark.parametrize("spoil", ["record.json", "journal.jsonl", "seal.json", "evidence/x.txt"])
@pytest.mark.parametrize("how", ["gone", "empty", "changed"])
def test_a_record_that_is_not_as_it_was_sealed_opens_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: str, how: str
) -> None:
    folder = tmp_path / "r1"
    (folder / "evidence").mkdir(parents=True)
    (folder / "evidence" / "x.txt").write_text("x")
    path = run_of(folder) / spoil
    if how == "gone":
        path.unlink()
    else:
        path.write_text(
            "" if how == "empty" else path.read_text().replace("a", "b").replace("x", "y")
        )
    code, told, _ = asked(capsys, folder, "--for", "json")
    assert (code, told["verdict"]) == (30, "BLOCKED")
    assert asked(capsys, folder, "--for", "ecs-hook")[1]["hookStatus"] == "IN_PROGRESS"


def test_a_verdict_written_by_hand_opens_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run_of(tmp_path / "r1", "NO-GO")
    path = folder / "record.json"
    path.write_text(path.read_text().replace('"NO-GO"', '"GO"').replace(": 1,", ": 0,"))
    assert asked(capsys, folder)[0] == 30


def test_a_partial_record_opens_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_of(tmp_path / "r1", partial=True, partial_why="-k")
    code, told, _ = asked(capsys, folder, "--for", "json")
    assert (code, told["verdict"]) == (30, "BLOCKED")
    assert "of a part of the checks alone" in told["reason"]


@pytest.mark.parametrize(
    ("journal", "reason"), [(False, "There is no record in"), (True, "it still goes on")]
)
def test_a_run_without_a_record_is_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], journal: bool, reason: str
) -> None:
    if journal:
        (tmp_path / "journal.jsonl").write_text("{}\n")
    code, told, _ = asked(capsys, tmp_path, "--for", "json")
    assert (code, told["run_id"]) == (30, None)
    assert reason in told["reason"]
    assert asked(capsys, tmp_path, "--for", "ecs-hook")[1]["hookStatus"] == "IN_PROGRESS"


def test_a_gate_that_breaks_is_no_no_go(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("too much")

    monkeypatch.setattr("postdeploy.gate.verify", broken)
    code, told, _ = asked(capsys, runs["GO"], "--for", "json")
    assert (code, told["verdict"]) == (30, "BLOCKED")
    assert "cannot be judged: MemoryError: too much" in told["reason"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--for", "ecs_hook"], "Did you mean 'ecs-hook'?"),
        (["--max-age", "30"], "for example 15m"),
        (["--max-age", "0m"], "is no time"),
        (["--expect-version", "api="], "is no list of versions"),
        (["--expect-version", "api=1,api=2"], "'api' is there twice"),
    ],
)
def test_a_gate_that_is_asked_wrongly_says_how(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert cli.main(["gate", str(tmp_path), *options]) == 4
    assert message in capsys.readouterr().err


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_hook_on_the_page_hands_on_what_was_told_and_else_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BUCKET", "gate-bucket")
    (source,) = blocks("python")
    kept = {"checks/arn/hook.json": b'{"hookStatus": "SUCCEEDED"}'}

    class Missing(Exception):
        pass

    class Storage:
        class exceptions:  # noqa: N801 - as boto3 calls it
            NoSuchKey = Missing

        def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
            assert Bucket == "gate-bucket"
            if Key not in kept:
                raise Missing
            return {"Body": io.BytesIO(kept[Key])}

    code = source.replace("import boto3\n", "").replace('boto3.client("s3")', "STORAGE")
    space: dict[str, Any] = {"STORAGE": Storage()}
    exec(code, space)  # noqa: S102 - the page's own text
    handler = space["handler"]
    event = {"targetServiceRevisionArn": "arn"}
    assert handler(event, None) == {"hookStatus": "SUCCEEDED"}
    assert handler({"executionDetails": event}, None) == {"hookStatus": "SUCCEEDED"}
    waiting = handler({"targetServiceRevisionArn": "another"}, None)
    assert waiting == {"hookStatus": "IN_PROGRESS", "callBackDelay": 30}


def test_the_conditions_on_the_page_fit_what_is_told(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (template, *_) = (text for text in blocks("yaml") if "successCondition" in text)
    conditions = dict(re.findall(r"(\w+Condition): \"?result\.(\w+)", template))
    assert conditions == {"successCondition": "go", "failureCondition": "failed"}
    for verdict in VERDICTS:
        _, told, _ = asked(capsys, runs[verdict], "--for", "argo")
        assert told[conditions["successCondition"]] is (verdict == "GO")
        assert told[conditions["failureCondition"]] is (verdict in ("NO-GO", "ROLLBACK"))


def test_every_command_on_the_page_can_be_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del capsys
    text = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    commands = re.findall(r"postdeploy gate (reports/latest[^\n;|>&`#]*)", text)
    assert len(commands) >= 4
    for command in commands:
        words = command.replace('"$VERSION"', "b2cce9d").split()
        assert cli.main(["gate", str(tmp_path), *words[1:]]) == 30


@pytest.mark.parametrize(("minutes", "verdict"), [(20, "GO"), (40, "BLOCKED")])
def test_a_merged_record_is_as_old_as_the_oldest_of_its_runs(
    tmp_path: Path, minutes: int, verdict: str
) -> None:
    folders = []
    for name, later in (("old", 0), ("new", minutes)):
        folders.append(tmp_path / name)
        end = end_entry(ended=(START + timedelta(minutes=later)).isoformat())
        seen = [attempt("a", uid=name)]
        with Journal(folders[-1] / "journal.jsonl") as journal:
            for entry in journal_of(seen, others=[IDENTITY], end=end, run_id=name):
                journal.append(entry)
        seal(folders[-1], "run")
    whole = merge_runs(folders[::-1]).folder
    now = START + timedelta(minutes=minutes)
    gate = look(whole, Wanted({}, max_age=timedelta(minutes=30)), now)
    assert gate.verdict == verdict
    told_of_age = "One of the merged runs ended at 2026-11-20 09:30:00 UTC, more than 30 minutes"
    assert (told_of_age in gate.reason) is (verdict == "BLOCKED")
