"""Each verdict is told to whom the target file names, within the time, and no trouble with that has a part in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from postdeploy import secrecy
from postdeploy.closing import Closing
from postdeploy.errors import ConfigError
from postdeploy.outcome import EXIT_CODES, Verdict
from postdeploy.record.builder import build_record
from postdeploy.record.journal import read_journal
from postdeploy.record.verifying import verify
from postdeploy.record.writers import slack
from postdeploy.settings import Settings
from postdeploy.target import Environment
from postdeploy.target_telling import Telling, telling_problems
from postdeploy.telling import webhook
from postdeploy.telling.afterwards import tell_of_run
from postdeploy.telling.intent import intent, lacking, wish
from postdeploy.telling.news import news_of
from sandbox.integrations.slack_api import message_error, texts
from selftests.unit.receivers import Receivers, receivers
from selftests.unit.sample_journal import attempt, item, journal_of
from selftests.unit.sample_runs import HOSTILE
from selftests.unit.told_verdicts import ended, outcomes, target, teller, warnings


@pytest.fixture(scope="module")
def served() -> Iterator[Receivers]:
    with receivers() as found:
        yield found


@pytest.fixture
def there(served: Receivers) -> Receivers:
    """The receivers, with nothing told yet and nothing wrong with them."""
    served.forget()
    return served


@pytest.mark.parametrize(
    ("verdict", "channels", "event"),
    [
        (Verdict.GO, ["#deployments"], ["resolve"]),
        (Verdict.NO_GO, ["#deployments"], []),
        (Verdict.BLOCKED, ["#deployments"], []),
        (Verdict.ROLLBACK, ["#incidents"], ["trigger"]),
    ],
)
def test_each_verdict_goes_where_it_belongs(
    tmp_path: Path, there: Receivers, verdict: Verdict, channels: list[str], event: list[str]
) -> None:
    entries = teller(there).tell(ended(tmp_path / "r", verdict))
    assert (there.channels, there.events) == (channels, event)
    (document,) = there.integrations.webhook.documents
    assert (document["verdict"], document["exit_code"]) == (verdict, EXIT_CODES[verdict])
    assert set(outcomes(entries).values()) == {"told"}
    assert warnings(entries) == ""


def test_nobody_is_paged_for_what_is_not_protected(tmp_path: Path, there: Receivers) -> None:
    teller(there, protected=False).tell(ended(tmp_path / "r", Verdict.ROLLBACK))
    assert (there.channels, there.events) == (["#incidents"], [])


def test_an_alert_ends_with_the_next_go_and_with_no_other_verdict(
    tmp_path: Path, there: Receivers
) -> None:
    one = teller(there)
    alerts = there.integrations.pagerduty.open
    for number, verdict in enumerate([Verdict.ROLLBACK, Verdict.ROLLBACK, Verdict.NO_GO]):
        one.tell(ended(tmp_path / str(number), verdict))
        assert list(alerts) == ["postdeploy/qumis/staging"]
    one.tell(ended(tmp_path / "go", Verdict.GO))
    one.tell(ended(tmp_path / "again", Verdict.GO))
    assert alerts == {}


def test_an_alert_stays_while_what_it_was_for_is_not_looked_at(
    tmp_path: Path, there: Receivers
) -> None:
    closing = ended(tmp_path / "r", Verdict.GO)
    run = {"run_id": "r0", "at": "2026-11-20T09:00:00Z", "verdict": "ROLLBACK"}
    past = {
        "kind": "history",
        "run": {"runs": 1, "first": run, "previous": run, "unseen": ["grave"]},
    }
    items = [item("a"), item("grave", weight="R", required=False)]
    record = build_record([*journal_of([attempt("a")], items=items), past])
    closing = Closing(record, 0, closing.folder, {})
    assert record.verdict is Verdict.GO
    entries = teller(there).tell(closing)
    assert (there.events, there.channels) == ([], ["#deployments"])
    assert "the alert stays: red before and not looked at now: grave" in warnings(entries)


def test_a_channels_own_webhook_wins_over_the_token(tmp_path: Path, there: Receivers) -> None:
    hook = f"{there.url}/slack/services/T000/B002/sandbox00000incidents"
    one = teller(there, TELL_SLACK_WEBHOOK_INCIDENTS=hook)
    one.tell(ended(tmp_path / "r", Verdict.ROLLBACK))
    assert there.integrations.slack_api.messages == []
    assert there.channels == ["#incidents"]


def test_what_is_not_set_is_named(tmp_path: Path, there: Receivers) -> None:
    entries = teller(there, without="TELL_PAGERDUTY_KEY").tell(
        ended(tmp_path / "r", Verdict.ROLLBACK)
    )
    assert outcomes(entries)["pagerduty"] == "failed"
    assert "QUMIS_STAGING_TELL_PAGERDUTY_KEY is not set" in warnings(entries)


def test_only_the_verdict_goes_out_of_a_record_that_may_not(
    tmp_path: Path, there: Receivers
) -> None:
    closing = ended(tmp_path / "r", Verdict.ROLLBACK, "what the product said", reason="its reason")
    (closing.folder / secrecy.PUBLISHABLE).write_text("journal.jsonl\n")
    teller(there).tell(closing)
    assert (there.channels, there.events) == (["#incidents"], ["trigger"])
    everything = json.dumps([there.messages, there.integrations.pagerduty.events])
    assert "ROLLBACK" in everything
    assert "may not go out" in everything
    assert "what the product said" not in everything + json.dumps(
        there.integrations.webhook.documents
    )
    assert "its reason" not in everything
    assert there.integrations.webhook.documents[0]["record_withheld"] is True


def test_a_go_that_does_not_end_as_one_is_not_told_as_one(tmp_path: Path, there: Receivers) -> None:
    closing = ended(tmp_path / "r", Verdict.GO)
    teller(there).tell(Closing(closing.record, 30, closing.folder, {}))
    assert there.events == []
    assert "BLOCKED" in there.messages[0]["text"]


class Run:
    """A run that has ended, of which the record that is made is the last."""

    def __init__(self, closing: Closing) -> None:
        self.folder = closing.folder
        self.outcome: Closing | None = closing
        self.notes: Any = None

    def remake(self, when: object) -> None:
        raise AssertionError(f"made again at {when}")

    def search(self) -> None:
        raise AssertionError("searched again")


def test_a_record_that_says_what_was_found_stays_and_the_journal_has_what_was_told(
    tmp_path: Path, there: Receivers
) -> None:
    run = Run(ended(tmp_path / "r", Verdict.ROLLBACK))
    before = (run.folder / "record.json").read_bytes()
    there.trouble["webhook"] = "elsewhere"
    tell_of_run(cast(Any, run), teller(there), passed=False)
    assert run.outcome is not None
    assert (run.folder / "record.json").read_bytes() == before
    entries = read_journal(run.folder / "journal.jsonl")
    assert outcomes(entries) == {"pagerduty": "told", "slack": "told", "webhook": "failed"}
    assert "Told: #incidents" in run.outcome.trouble
    assert "the receiver answered 307" in run.outcome.trouble
    assert verify(run.folder, run.outcome.digest).problems == ()
    assert run.outcome.exit_code == EXIT_CODES[Verdict.ROLLBACK]


def test_there_is_nothing_to_tell_of_a_part(tmp_path: Path, there: Receivers) -> None:
    closing = ended(tmp_path / "r", Verdict.GO)
    partial = closing.record.model_copy(update={"verdict": None})
    assert teller(there).tell(Closing(partial, 0, closing.folder, {})) == []
    assert there.paths == []


def test_a_secret_in_a_record_does_not_go_out(tmp_path: Path, there: Receivers) -> None:
    secrets = there.secrets()
    text = f"a page that shows {secrets['TELL_SLACK_TOKEN']} and {secrets['TELL_PAGERDUTY_KEY']}"
    entries = teller(there).tell(ended(tmp_path / "r", Verdict.ROLLBACK, text))
    seen = json.dumps([there.messages, there.integrations.webhook.documents, entries])
    payload = json.dumps([one["payload"] for one in there.integrations.pagerduty.events])
    assert "[redacted]" in seen
    assert not [one for one in secrets.values() if one in seen + payload]


@pytest.mark.parametrize("count", [0, 3, 164])
def test_a_message_keeps_slacks_limits_however_long_and_hostile_its_words(count: int) -> None:
    names = [f"area.item-{number}" for number in range(max(1, count))]
    words = ("<&>" * 30 + HOSTILE + " <!channel> & 💥 ") * 100
    journal = journal_of(
        [attempt(one, "failed" if count else "passed", note=words) for one in names],
        items=[item(one, weight="R", title=words) for one in names],
        system_title=words,
        reason=words,
        tester=words,
    )
    record = build_record(journal)
    body = slack.message(record, "https://ci.example/runs/1")
    assert message_error(body) == ""
    assert sum(map(len, texts(body))) < 10_000
    assert not any("<" in text for text in texts(body))
    told = "\n".join(texts(body))
    shown = told.count("✗ failed area.item-")
    assert (f"… and {count - shown} more" in told) == (count > shown)
    assert shown >= min(count, 3)


def test_an_alert_keeps_pagerdutys_limits(tmp_path: Path, there: Receivers) -> None:
    closing = ended(tmp_path / "r", Verdict.ROLLBACK, HOSTILE * 500, system_title="Q" * 3000)
    entries = teller(there).tell(closing)
    assert outcomes(entries)["pagerduty"] == "told"
    (event,) = there.integrations.pagerduty.events
    assert len(event["payload"]["summary"]) == 1024


def test_the_webhooks_document_is_what_is_promised(tmp_path: Path) -> None:
    news = news_of(
        ended(tmp_path / "r", Verdict.NO_GO), protected=False, link="https://ci.example/1"
    )
    assert news is not None
    document = webhook.document(news)
    page = (Path(__file__).parents[2] / "docs" / "telling.md").read_text()
    assert [key for key in document if f"`{key}`" not in page] == []
    assert document["failing"] == [
        {"id": "a", "weight": "F", "outcome": "failed", "title": "what a holds", "note": "seen"}
    ]


def test_ci_tells_and_a_person_is_asked() -> None:
    assert wish(None, "", in_ci=True).tells
    assert not wish(None, "", in_ci=False).tells
    assert wish(True, "0", in_ci=False).tells
    assert not wish(None, "off", in_ci=True).tells
    with pytest.raises(ConfigError, match="neither yes nor no"):
        wish(None, "perhaps", in_ci=True)


def test_who_asks_for_it_hears_beforehand_what_is_missing(there: Receivers) -> None:
    where, nothing = target(there), Settings({}, {})
    asked = wish(True, "", in_ci=False)
    with pytest.raises(ConfigError) as found:
        intent(where, nothing, asked, None)
    named = [problem.where for problem in found.value.problems]
    assert named == [
        f"QUMIS_STAGING_TELL_{name}" for name in ("SLACK_TOKEN", "PAGERDUTY_KEY", "WEBHOOK_URL")
    ]
    assert intent(where, nothing, wish(None, "", in_ci=True), None).teller is not None
    assert [*lacking(where, teller(there).settings)] == []
    with pytest.raises(ConfigError, match="declares nobody"):
        intent(where.model_copy(update={"environment": Environment()}), nothing, asked, None)


def test_mistakes_in_the_table_are_found() -> None:
    clear = Telling.model_validate({"pagerduty": {"url": "http://events.example"}})
    assert "no https address" in next(iter(telling_problems("x", clear))).what
    twins = Telling.model_validate({"slack": {"channels": {"GO": ["#a-b", "#a_b"]}}})
    assert "one variable" in next(iter(telling_problems("x", twins))).what
    assert twins.slack is not None
    assert twins.slack.channels[Verdict.ROLLBACK] == ("#incidents",)
    for wrong in ({"slack": {"channels": {"NOGO": "#a"}}}, {"slack": {"channels": {"GO": "a b"}}}):
        with pytest.raises(ValueError, match="channels"):
            Telling.model_validate(wrong)
