"""The suite's count of log errors and the stand-in's Logs Insights agree on what is in a log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from postdeploy.probes.aws.logs import LogWindow, observe_errors
from postdeploy.probes.aws.session import AwsSession, open_session
from postdeploy.target import Aws
from sandbox.aws import backends
from selftests.sandbox.aws_account import API_LOG, Account

PATTERNS = ("ERROR", "Traceback", "Error (")
NOW = timedelta()


@pytest.fixture
def account() -> Iterator[Account]:
    opened = Account()
    yield opened
    opened.aws.stop()


def session(account: Account) -> AwsSession:
    aws = Aws(
        account="123456789012",
        region="us-east-2",
        endpoint_url=f"http://127.0.0.1:{account.port}",
    )
    return open_session(aws, access_key="sandbox", secret_key="sandbox", user_agent="selftest/1")


def write(account: Account, line: str, ago: timedelta = NOW) -> None:
    account.aws.logs.write_raw("api", line, datetime.now(UTC) - ago)


def look(account: Account, minutes: float = 10, **more: Any) -> LogWindow:
    now = datetime.now(UTC)
    start = now - timedelta(minutes=minutes)
    return observe_errors(session(account), API_LOG, start, now, patterns=PATTERNS, **more)


def test_every_error_counts_once_whoever_sees_it(account: Account) -> None:
    now = datetime.now(UTC)
    for seconds in range(1, 121):  # on both sides of where Insights ends
        write(account, f"[ERROR] PG::Error: {seconds}", timedelta(seconds=seconds))
    write(account, "Template::Error (x/y) in <a|b>", timedelta(seconds=90))
    seen = look(account)
    assert datetime.now(UTC) - now < timedelta(minutes=1)
    assert (seen.counted, seen.complete, seen.sampled, seen.silent) == ("121", True, False, False)
    kinds = {one.kind: one.count for one in seen.errors}
    assert kinds == {"PG::Error": 120, "Template::Error": 1}
    assert seen.matched is not None
    assert 55 <= seen.matched <= 62
    assert seen.scanned_bytes


def test_errors_before_the_window_do_not_count(account: Account) -> None:
    write(account, "[ERROR] long ago", timedelta(minutes=30))
    seen = look(account)
    assert (seen.count, seen.silent) == (0, False)


def test_known_noise_is_counted_apart_on_both_sides(account: Account) -> None:
    for ago in (NOW, timedelta(minutes=3)):
        write(account, "[ERROR] GET /health/x timed out", ago)
        write(account, "[ERROR] real", ago)
    seen = look(account, ignore=[r"GET /health/\w+ timed out", "never|seen"])
    assert (seen.count, seen.ignored) == (2, 2)


def test_silent_group_is_silent(account: Account) -> None:
    account.aws.logs.silence("api")
    assert look(account).silent


def test_group_with_its_only_line_in_the_newest_minute_is_not_silent(account: Account) -> None:
    for stream in backends.logs().groups[API_LOG].streams.values():
        stream.events.clear()
    assert look(account).silent
    write(account, "[INFO] back again", timedelta(seconds=5))
    assert not look(account).silent
