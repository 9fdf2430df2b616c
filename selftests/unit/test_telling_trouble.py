"""Whatever a receiver does, telling it ends in time, sends nothing twice that may have arrived, and says so."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from postdeploy.outcome import Verdict
from postdeploy.target_telling import is_safe
from selftests.unit.raw_server import RawServer
from selftests.unit.receivers import Receivers, receivers
from selftests.unit.told_verdicts import ended, outcomes, teller, warnings


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
    ("trouble", "outcome", "words"),
    [
        ("500", "failed", "500"),
        ("silent", "unknown", "no answer within"),
        ("drop", "unknown", "may have arrived"),
        ("drip", "unknown", "may have arrived"),
        ("long busy", "failed", "429"),
        ("elsewhere", "failed", "307"),
    ],
)
def test_trouble_with_a_receiver_is_told_and_takes_no_longer_than_it_may(
    tmp_path: Path, there: Receivers, trouble: str, outcome: str, words: str
) -> None:
    there.trouble |= {"slack": trouble, "webhook": trouble}
    began = time.monotonic()
    entries = teller(there, seconds=1.5).tell(ended(tmp_path / "r", Verdict.ROLLBACK))
    assert time.monotonic() - began < 15  # and not for ever
    assert {outcomes(entries)[name] for name in ("slack", "webhook")} == {outcome}
    assert outcomes(entries)["pagerduty"] == "told"
    assert words in warnings(entries)
    assert "#incidents (Slack)" in warnings(entries)
    assert "/elsewhere" not in there.paths


class Mumbling(RawServer):
    """Begins an answer and goes on with its head for ever, a byte at a time: no read of it ever takes long."""

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not self.over.wait(0.1):
                connection.sendall(b"x")


def test_who_never_ends_the_head_of_an_answer_is_left_behind(
    tmp_path: Path, there: Receivers
) -> None:
    mumbling = Mumbling()
    try:
        began = time.monotonic()
        one = teller(there, seconds=1, TELL_WEBHOOK_URL=f"{mumbling.url}/hook")
        entries = one.tell(ended(tmp_path / "r", Verdict.GO))
        assert time.monotonic() - began < 15  # and not for ever
    finally:
        mumbling.stop()
    assert outcomes(entries) == {"pagerduty": "told", "slack": "told", "webhook": "unknown"}


def test_a_proxy_that_answers_in_slacks_place_is_not_slack(
    tmp_path: Path, there: Receivers
) -> None:
    there.trouble["slack"] = "page"
    assert "is not Slack" in warnings(teller(there).tell(ended(tmp_path / "r", Verdict.GO)))


@pytest.mark.parametrize("trouble", ["500 once", "busy once"])
def test_what_was_surely_not_taken_is_sent_again_once(
    tmp_path: Path, there: Receivers, trouble: str
) -> None:
    there.trouble["slack"] = trouble
    entries = teller(there).tell(ended(tmp_path / "r", Verdict.GO))
    assert (outcomes(entries)["slack"], there.channels) == ("told", ["#deployments"])
    assert [one["attempts"] for one in entries if one.get("by") == "slack"] == [2]


@pytest.mark.parametrize("silence", ["silent once", "drop once"])
def test_silence_is_answered_by_a_second_copy_only_where_that_does_no_harm(
    tmp_path: Path, there: Receivers, silence: str
) -> None:
    there.trouble |= dict.fromkeys(("slack", "webhook", "pagerduty"), silence)
    entries = teller(there, seconds=2).tell(ended(tmp_path / "r", Verdict.ROLLBACK))
    assert outcomes(entries) == {"slack": "unknown", "webhook": "unknown", "pagerduty": "told"}
    assert sum(path.startswith("/slack") for path in there.paths) == 1
    assert (there.channels, there.events) == ([], ["trigger"])


def test_who_is_not_there_is_tried_twice_and_named_without_its_secret(
    tmp_path: Path, there: Receivers
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        gone = f"http://127.0.0.1:{server.getsockname()[1]}/hooks/0123456789abcdef0123"
    one = teller(there, TELL_WEBHOOK_URL=gone)
    entries = one.tell(ended(tmp_path / "r", Verdict.GO))
    (told,) = [entry for entry in entries if entry.get("by") == "webhook"]
    assert (told["outcome"], told["attempts"], told["where"]) == ("failed", 2, "127.0.0.1")
    assert "no connection: Connection refused" in warnings(entries)
    assert "0123456789abcdef" not in json.dumps(entries)


def test_a_wrong_token_is_told_in_slacks_word_and_not_shown(
    tmp_path: Path, there: Receivers
) -> None:
    one = teller(there, TELL_SLACK_TOKEN="xoxb-revoked-000000")
    entries = one.tell(ended(tmp_path / "r", Verdict.GO))
    assert (
        "#deployments (Slack) was not told of the verdict: Slack answered invalid_auth"
        in warnings(entries)
    )
    assert "xoxb" not in json.dumps(entries)
    assert len(there.paths) == 3


def test_nothing_is_sent_in_the_clear(tmp_path: Path, there: Receivers) -> None:
    one = teller(there, TELL_WEBHOOK_URL="http://hooks.example/abc")
    assert "no https address" in warnings(one.tell(ended(tmp_path / "r", Verdict.GO)))
    assert is_safe("https://hooks.example/abc")
    assert not is_safe("http://127.0.0.1.example/")
    assert not is_safe("https://[")


def test_ctrl_c_ends_the_waiting_and_is_noted(
    tmp_path: Path, there: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("postdeploy.telling.teller.wait", interrupted)
    there.trouble |= dict.fromkeys(("slack", "webhook", "pagerduty"), "silent")
    entries = teller(there).tell(ended(tmp_path / "r", Verdict.GO))
    assert set(outcomes(entries).values()) == {"unknown"}
    assert "ended before there was an answer" in warnings(entries)
    assert not [t for t in threading.enumerate() if t.name.startswith("telling") and not t.daemon]
