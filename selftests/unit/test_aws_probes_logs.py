"""The log probe finds the errors of a window, all pages of it, and says what it could not see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from moto import mock_aws

from postdeploy.errors import ProbeError
from postdeploy.probes.aws import insights
from postdeploy.probes.aws.log_errors import Sorter, compiled, kind_of
from postdeploy.probes.aws.logs import (
    EXAMPLE_PAGES,
    LogWindow,
    any_of,
    observe_errors,
    observe_log_group,
)
from postdeploy.probes.aws.session import AwsSession
from selftests.unit.sample_aws import NOW, REGION, session, stubbed

GROUP = "ecs/blue/api"
THEN = NOW - timedelta(minutes=10)
BORDER = NOW - timedelta(seconds=60)
PATTERNS = ("ERROR", "Traceback")
QUIET: dict[str, Any] = {"events": []}


def page(*lines: str, more: str = "") -> dict[str, Any]:
    token = {"nextToken": more} if more else {}
    return {"events": [{"message": line, "timestamp": 1} for line in lines]} | token


def result(count: int | None, status: str = "Complete", **statistics: float) -> dict[str, Any]:
    cell = {"field": "events_counted", "value": str(count)}
    rows = [] if count is None else [[cell]]
    return {"status": status, "results": rows, "statistics": statistics}


class Script:
    """What CloudWatch Logs answers, in the order in which the probe asks."""

    def __init__(self, opened: AwsSession, stub: Stubber) -> None:
        self.opened = opened
        self.stub = stub

    def queries(self, number: int) -> None:
        for query in range(number):
            self.stub.add_response("start_query", {"queryId": f"query-{query}"})

    def events(self, *pages: dict[str, Any], expected: dict[str, Any] | None = None) -> None:
        for one in pages:
            self.stub.add_response("filter_log_events", one, expected)

    def results(self, *answers: dict[str, Any]) -> None:
        for one in answers:
            self.stub.add_response("get_query_results", one)

    def look(self, ignore: Sequence[str] = (), **more: Any) -> LogWindow:
        return observe_errors(
            self.opened, GROUP, THEN, NOW, patterns=PATTERNS, ignore=ignore, **more
        )


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    monkeypatch.setattr(insights, "_FIRST_PAUSE", 0.001)
    with stubbed("logs") as (opened, stub):
        yield Script(opened, stub)
        stub.assert_no_pending_responses()


def test_insights_counts_and_events_show_examples(script: Script) -> None:
    script.queries(2)
    script.events(page("[ERROR] PG::Error: newest"))
    script.results(result(3, recordsMatched=3, bytesScanned=1200), result(9000))
    script.events(
        page("[ERROR] PG::Error: gone", "[ERROR] KeyError: x", "[ERROR] PG::Error: again")
    )
    seen = script.look()
    assert (seen.count, seen.counted, seen.complete, seen.silent) == (4, "4", True, False)
    assert [(one.kind, one.count) for one in seen.errors] == [("PG::Error", 3), ("KeyError", 1)]
    assert seen.errors[0].example == "[ERROR] PG::Error: newest"
    assert (seen.sampled, seen.matched, seen.scanned_bytes) == (False, 3, 1200)


def test_examples_are_few_and_the_count_is_whole(script: Script) -> None:
    script.queries(2)
    script.events(QUIET)
    script.results(result(1_000_000), result(2_000_000))
    script.events(*(page("[ERROR] PG::Error: x", more=f"{n}") for n in range(EXAMPLE_PAGES)))
    seen = script.look()
    assert (seen.counted, seen.complete, seen.sampled) == ("1000000", True, True)
    assert seen.errors[0].count == EXAMPLE_PAGES


def test_newest_minute_is_read_where_insights_ends(script: Script) -> None:
    border = int(BORDER.timestamp() * 1000)
    exact = f"toMillis(@timestamp) >= {border - 540_000} and toMillis(@timestamp) < {border}"
    asked = {"logGroupName": GROUP, "startTime": border // 1000 - 540, "endTime": border // 1000}
    errors = f"filter {exact} | filter @message like /ERROR|Traceback/ | stats count(*) as events_counted"
    everything = f"filter {exact} | stats count(*) as events_counted"
    for query in (errors, everything):
        script.stub.add_response("start_query", {"queryId": "q"}, asked | {"queryString": query})
    newest = {"logGroupName": GROUP, "startTime": border, "endTime": border + 120_000}
    script.events(QUIET, expected=newest | {"filterPattern": ANY})
    script.results(result(0), result(12))
    seen = script.look()
    assert (seen.count, seen.silent) == (0, False)


def test_running_query_is_polled_until_it_is_complete(script: Script) -> None:
    script.queries(2)
    script.events(QUIET)
    script.results(result(None, "Scheduled"), result(12), result(7, "Running"), result(0))
    assert script.look().count == 0


def test_count_over_nothing_has_no_row(script: Script) -> None:
    script.queries(2)
    script.events(QUIET)
    script.results(result(None), result(None))
    script.events(QUIET)
    seen = script.look()
    assert (seen.count, seen.silent) == (0, True)


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Timeout", "Unknown"])
def test_query_that_ends_otherwise_observed_nothing(script: Script, status: str) -> None:
    script.queries(2)
    script.events(QUIET)
    script.results(result(0, status))
    with pytest.raises(ProbeError, match=f"logs:GetQueryResults: the query ended {status}"):
        script.look()


def test_query_that_does_not_end_observed_nothing(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insights, "QUERY_SECONDS", 0)
    script.queries(2)
    script.events(QUIET)
    script.results(result(0, "Running"), result(0))
    with pytest.raises(ProbeError, match="1 queries are still running after 0 s"):
        script.look()


def test_answer_without_the_count_observed_nothing(script: Script) -> None:
    script.queries(2)
    script.events(QUIET)
    script.results({"status": "Complete", "results": [[{"field": "@ptr", "value": "x"}]]})
    with pytest.raises(ProbeError, match="holds no count"):
        script.look()


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("MalformedQueryException", "Compare `patterns` and `ignore`"),
        ("LimitExceededException", "less busy"),
        ("AccessDeniedException", "Allow logs:StartQuery"),
    ],
)
def test_refused_query_observed_nothing(script: Script, code: str, mend: str) -> None:
    script.stub.add_client_error("start_query", code, "no")
    with pytest.raises(ProbeError, match=mend) as caught:
        script.look()
    assert type(caught.value) is ProbeError


def test_lost_query_is_no_missing_group(script: Script) -> None:
    script.queries(2)
    script.events(QUIET)
    script.stub.add_client_error("get_query_results", "ResourceNotFoundException", "no query")
    with pytest.raises(ProbeError, match="no query") as caught:
        script.look()
    assert type(caught.value) is ProbeError


def test_missing_group_is_an_observation(script: Script) -> None:
    script.stub.add_client_error("start_query", "ResourceNotFoundException", "no group")
    assert not script.look().found


def test_quiet_log_is_not_silent(script: Script) -> None:
    script.queries(2)
    script.events(QUIET)
    script.results(result(0), result(0))
    script.events(page("[INFO] all is well"))
    seen = script.look()
    assert (seen.count, seen.found, seen.silent) == (0, True, False)


def test_known_noise_is_counted_apart(script: Script) -> None:
    noise = [r"(?i)health check of \S+/x timed out", r"a\/b"]
    like = [r"/(?i)health check of \S+\/x timed out/", r"/a\/b/"]
    script.queries(3)
    script.events(page("[ERROR] Health check of 10.0.0.1/x timed out", "[ERROR] real"))
    script.results(result(1), result(50), result(4))
    script.events(page("[ERROR] also real", "[ERROR] a/b"))
    seen = script.look(noise)
    assert (seen.count, seen.ignored) == (2, 5)
    assert list(insights.matches_none(noise)) == [f"@message not like {one}" for one in like]
    assert insights.matches_any(noise) == f"@message like {like[0]} or @message like {like[1]}"


def test_noise_that_insights_cannot_read_is_said(script: Script) -> None:
    with pytest.raises(ProbeError, match="which Logs Insights cannot read"):
        script.look([r"(?P<host>\S+) timed out"])


def test_short_window_is_read_event_by_event(script: Script) -> None:
    script.events(page("[ERROR] x"))
    seen = observe_errors(script.opened, GROUP, BORDER, NOW, patterns=PATTERNS)
    assert (seen.count, seen.scanned_bytes, seen.matched) == (1, None, None)


def test_empty_pages_do_not_end_the_search(script: Script) -> None:
    script.queries(2)
    script.events(page(more="a"), page(more="b"), page("[ERROR] late"))
    script.results(result(0), result(5))
    seen = script.look()
    assert (seen.count, seen.complete) == (1, True)


def test_search_cut_off_says_at_least(script: Script) -> None:
    script.queries(2)
    script.events(page("[ERROR] x", more="a"), page("[ERROR] x", more="b"))
    script.results(result(0), result(5))
    seen = script.look(most_pages=2)
    assert (seen.counted, seen.complete) == ("at least 2", False)


def test_search_cut_off_without_errors_is_neither_silent_nor_complete(script: Script) -> None:
    script.queries(2)
    script.events(page(more="a"), page(more="b"))
    script.results(result(0), result(0))
    script.events(page(more="c"), page(more="d"))
    seen = script.look(most_pages=2)
    assert (seen.silent, seen.complete) == (False, False)


@contextmanager
def log_group() -> Iterator[None]:
    with mock_aws():
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        logs = boto3.client("logs", region_name=REGION, **keys)
        logs.create_log_group(logGroupName=GROUP)
        logs.put_retention_policy(logGroupName=GROUP, retentionInDays=30)
        yield


def test_group_tells_its_retention() -> None:
    with log_group():
        assert observe_log_group(session(), GROUP).retention_days == 30
        assert not observe_log_group(session(), "ecs/blue").found


def test_group_that_is_missing_has_no_window() -> None:
    with log_group():
        now = datetime.now(UTC)
        assert not observe_errors(session(), "nothing", THEN, now, patterns=PATTERNS).found


def test_kinds_are_bounded_in_number() -> None:
    sorter = Sorter(PATTERNS, compiled(()))
    for number in range(5000):
        sorter.take(
            f"[ERROR] {chr(97 + number % 26)}{chr(97 + number // 26 % 26)}{'z' * (number // 676)}"
        )
    assert len(sorter.groups()) == 201
    assert sorter.count == 5000


def test_terms_stand_in_a_query_as_they_are() -> None:
    assert insights.holds_any(("Error (", "a/b", 'x"y')) == r'@message like /Error \(|a\/b|x"y/'


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
