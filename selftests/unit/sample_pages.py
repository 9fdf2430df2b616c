"""Records as people open them: none failing, few, many, a blocked run, and one in which strangers speak."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw

from postdeploy.outcome import Outcome, Verdict
from postdeploy.record.builder import build_record
from postdeploy.record.model import EarlierRun, ItemHistory, Record, RunHistory, UsualRange
from postdeploy.record.writers import html
from selftests.unit.sample_journal import START, Entry, at
from selftests.unit.sample_runs import FAILING, HOSTILE, sample_run

BEFORE: Final = EarlierRun(run_id="20261119-020000-11aa", at=START, verdict=Verdict.NO_GO)
TRACE: Final = "evidence/a trace of it-1.zip"
THINGS: Final = ("a session as member", "the policy document", "a free place in the browser")


def few() -> list[Entry]:
    """Three failures, with all that a record can say of an item."""
    return [*_told(sample_run(3)), _history(FAILING[:3])]


def many() -> list[Entry]:
    return [*_told(sample_run(30)), _history(FAILING[:30])]


def none() -> list[Entry]:
    """All is well, and nothing is waived."""
    return [entry for entry in _told(sample_run(0)) if entry["kind"] != "waiver"]


def blocked() -> list[Entry]:
    """A run that could not log in to AWS, and was ended."""
    note = "sts:GetCallerIdentity: ExpiredToken. Export fresh AWS credentials"
    return [
        {**one, "outcome": "blocked", "note": note, "observed": ""}
        if one["kind"] == "attempt" and one["item"].startswith(("ecs.", "rds.", "alarm.", "pre."))
        else one
        for one in _told(sample_run(0))
        if one["kind"] != "end"
    ]


def strange() -> list[Entry]:
    """Somebody else's words everywhere, and without a place to break a line at."""
    said = f"{HOSTILE}{'Wörterohneende' * 30}"
    return [*_told(sample_run(3, hostile=True), said), _history(FAILING[:3], said)]


PAGES: Final[dict[str, Callable[[], list[Entry]]]] = {
    "none": none,
    "few": few,
    "many": many,
    "blocked": blocked,
    "strange": strange,
}


def page_of(name: str, folder: Path) -> Record:
    """Write that record's page and its evidence into the folder."""
    evidence = folder / "evidence"
    evidence.mkdir(parents=True, exist_ok=True)
    (folder / TRACE).write_bytes(b"PK\5\6" + bytes(18))
    for failing in FAILING[:6]:
        (evidence / f"{failing}.png").write_bytes(_screenshot("as it is"))
    (evidence / "before.png").write_bytes(_screenshot("as it was"))
    record = build_record(PAGES[name]())
    (folder / "record.html").write_text(html.render(record, folder), encoding="utf-8")
    return record


@functools.cache
def _screenshot(words: str) -> bytes:
    """Large enough in the file that the page shows a smaller one."""
    picture = Image.effect_noise((160, 90), 20).convert("RGB").resize((1280, 720))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 1280, 90), fill=(20, 60, 110))
    draw.text((24, 24), words, fill="white", font_size=36)
    made = io.BytesIO()
    picture.save(made, "PNG", compress_level=1)
    return made.getvalue()


def _told(journal: list[Entry], said: str = "") -> Iterator[Entry]:
    for entry in journal:
        yield _fuller(entry, said)
    yield {"kind": "warning", "text": f"version not asked for {said}"}
    yield {"kind": "leftover", "title": f"document {said}", "id": "d-1", "note": f"gone? {said}"}
    facts = {"reason": f"known since spring {said}", "owner": "Olga Owner", "until": "2026-12-24"}
    yield {"kind": "waiver", "item": "vault.my.download", "source": "waivers/a.toml", **facts}
    yield {"kind": "waiver", "item": "email.delivered", "source": "waivers/a.toml", **facts}
    note = f"saw it in the console {said}"
    yield {"kind": "attestation", "item": "rds.main", "by": "Rita", "at": at(99), "note": note}


def _fuller(entry: Entry, said: str) -> Entry:
    if entry["kind"] == "check":
        return _waiting(entry, said)
    if entry["kind"] == "attempt" and entry["outcome"] == "failed" and entry["evidence"]:
        before = {"kind": "screenshot", "title": f"The page before the step {said}"}
        return {
            **entry,
            "evidence": [{**before, "path": "evidence/before.png"}, *entry["evidence"]],
        }
    return entry


def _waiting(entry: Entry, said: str) -> Entry:
    number = len(entry["check"])
    what = f"{THINGS[number % 3]} {said}".strip()
    started, ended = (datetime.fromisoformat(entry[key]) for key in ("started", "ended"))
    until = started + (ended - started) * (number % 5) / 6
    waits = [{"what": what, "started": entry["started"], "ended": until.isoformat()}]
    trace = {"kind": "trace", "title": "Trace of attempt 1", "path": TRACE}
    return {
        **entry,
        "waits": waits if number % 4 else [],
        "evidence": [trace] if entry["status"] == "failed" else [],
    }


def _history(failing: list[str], said: str = "") -> Entry:
    new, still = failing[::2], failing[1::2]
    run = RunHistory(
        runs=12, first=BEFORE, previous=BEFORE, verdict_since=BEFORE,
        new_red=tuple(new), still_red=tuple(still), fixed=("chat.opens",), slower=("home.loads",),
    )  # fmt: skip
    items = {
        **{name: _course("new red", f"new red: green until 2026-11-19 02:00 {said}") for name in new},
        **{name: _course("still red", "still red since 2026-11-12 02:00, 8 runs") for name in still},
        "chat.opens": _course("fixed", "fixed: red since 2026-11-12 02:00, 7 runs", Outcome.PASSED),
        "home.loads": _slow(),
    }  # fmt: skip
    told = {name: one.model_dump(mode="json") for name, one in items.items()}
    return {"kind": "history", "run": run.model_dump(mode="json"), "items": told}


def _course(course: Any, told: str, outcome: Outcome = Outcome.FAILED) -> ItemHistory:
    return ItemHistory(outcome=outcome, course=course, since=BEFORE, runs=3, told=(told,))


def _slow() -> ItemHistory:
    usual = UsualRange(median=2.0, low=1.8, high=2.2, samples=19)
    told = ("9.1 s, slower than its usual 1.8 to 2.2 s (19 runs)", "flaky (3 of the last 20)")
    return ItemHistory(
        outcome=Outcome.PASSED, slower=True, flaky=3, among=20, flaky_told=True, seconds=9.1,
        usual=usual, told=told,
    )  # fmt: skip
