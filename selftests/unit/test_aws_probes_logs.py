"""The log probe finds the errors of a window, all pages of it, and says what it could not see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from postdeploy.probes.aws.log_errors import Sorter, compiled, kind_of
from postdeploy.probes.aws.logs import any_of, observe_errors, observe_log_group
from selftests.unit.sample_aws import NOW, REGION, session, stubbed

GROUP = "ecs/blue/api"
THEN = NOW - timedelta(minutes=10)
PATTERNS = ("ERROR", "Traceback")


@pytest.fixture
def write() -> Iterator[Any]:
    with mock_aws():
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        logs = boto3.client("logs", region_name=REGION, **keys)
        logs.create_log_group(logGroupName=GROUP)
        logs.put_retention_policy(logGroupName=GROUP, retentionInDays=30)
        logs.create_log_stream(logGroupName=GROUP, logStreamName="one")

        def put(*lines: str, ago: timedelta = timedelta()) -> None:
            at = int((datetime.now(UTC) - ago).timestamp() * 1000)
            events = [{"timestamp": at, "message": line} for line in lines]
            logs.put_log_events(logGroupName=GROUP, logStreamName="one", logEvents=events)

        yield put


def look(**more: Any) -> Any:
    now = datetime.now(UTC) + timedelta(seconds=5)
    start = now - timedelta(minutes=10)
    return observe_errors(session(), GROUP, start, now, patterns=PATTERNS, **more)


def test_errors_are_grouped_with_an_example_each(write: Any) -> None:
    write(
        "[INFO] all is well",
        "[ERROR] ActiveRecord::RecordNotFound: Couldn't find ActiveRecord::ConnectionTimeoutError 17",
        "[ERROR] PG::Error: gone",
        "[ERROR] PG::Error: gone again",
    )
    seen = look()
    assert [(one.kind, one.count) for one in seen.errors] == [
        ("PG::Error", 2),
        ("ActiveRecord::ConnectionTimeoutError", 1),
    ]
    assert seen.errors[0].example == "[ERROR] PG::Error: gone"
    assert (seen.count, seen.counted, seen.complete, seen.silent) == (3, "3", True, False)


def test_quiet_log_is_not_silent(write: Any) -> None:
    write("[INFO] all is well")
    seen = look()
    assert (seen.count, seen.found, seen.silent) == (0, True, False)


def test_log_without_events_in_the_window_is_silent(write: Any) -> None:
    write("[ERROR] long ago", ago=timedelta(minutes=30))
    seen = look()
    assert (seen.count, seen.silent) == (0, True)


def test_known_noise_is_counted_apart(write: Any) -> None:
    write("[ERROR] health check of 10.0.0.1 timed out", "[ERROR] real")
    seen = look(ignore=[r"health check of \S+ timed out"])
    assert (seen.count, seen.ignored) == (1, 1)


@pytest.mark.usefixtures("write")
def test_missing_group_is_an_observation() -> None:
    seen = observe_errors(session(), "nothing", THEN, NOW, patterns=PATTERNS)
    assert not seen.found
    assert not observe_log_group(session(), "ecs/blue").found


@pytest.mark.usefixtures("write")
def test_group_tells_its_retention() -> None:
    assert observe_log_group(session(), GROUP).retention_days == 30


def test_empty_pages_do_not_end_the_search() -> None:
    event = {"message": "[ERROR] late", "timestamp": 1}
    with stubbed("logs") as (opened, stub):
        stub.add_response("filter_log_events", {"events": [], "nextToken": "a"})
        stub.add_response("filter_log_events", {"events": [], "nextToken": "b"})
        stub.add_response("filter_log_events", {"events": [event]})
        seen = observe_errors(opened, GROUP, THEN, NOW, patterns=PATTERNS)
    assert (seen.count, seen.complete) == (1, True)


def test_search_cut_off_says_at_least() -> None:
    page = {"events": [{"message": "[ERROR] x"}], "nextToken": "more"}
    with stubbed("logs") as (opened, stub):
        stub.add_response("filter_log_events", page)
        stub.add_response("filter_log_events", page | {"nextToken": "still more"})
        seen = observe_errors(opened, GROUP, THEN, NOW, patterns=PATTERNS, most_pages=2)
    assert (seen.counted, seen.complete) == ("at least 2", False)


def test_search_cut_off_without_errors_is_neither_silent_nor_complete() -> None:
    page = {"events": [], "nextToken": "more"}
    with stubbed("logs") as (opened, stub):
        for token in ("a", "b", "c", "d"):
            stub.add_response("filter_log_events", page | {"nextToken": token})
        seen = observe_errors(opened, GROUP, THEN, NOW, patterns=PATTERNS, most_pages=2)
    assert (seen.silent, seen.complete) == (False, False)


def test_every_term_is_quoted_for_cloudwatch() -> None:
    assert any_of(("ERROR", "rate limit", 'say "x"')) == '?"ERROR" ?"rate limit" ?"say \\"x\\""'


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("ActionView::Template::Error (undefined method)", "ActionView::Template::Error"),
        ("java.lang.NullPointerException: x", "java.lang.NullPointerException"),
        ("TypeError: Cannot read properties", "TypeError"),
        ("2026-11-21T10:00:00.123Z [ERROR] job 8842 failed", "[ERROR] job # failed"),
        ("[ERROR] id 3f2b8c1e-1111-4222-8333-444455556666 lost", "[ERROR] id # lost"),
        (
            "[ERROR] provider returned 529: overloaded_error",
            "[ERROR] provider returned #: overloaded_error",
        ),
    ],
)
def test_kind_of_an_error_leaves_out_what_changes(line: str, kind: str) -> None:
    assert kind_of(line) == kind


def test_lines_without_a_pattern_are_no_errors() -> None:
    sorter = Sorter(PATTERNS, compiled(()))
    sorter.take("[INFO] ErrorCount=0")
    assert sorter.groups() == ()
