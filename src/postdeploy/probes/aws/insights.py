"""Counts the events of a log group by Logs Insights, which reads millions of them where they lie."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.session import Absent, AwsSession
from postdeploy.probes.aws.times import milliseconds
from postdeploy.waiting import attempts

QUERY_SECONDS = 60
"""How long a query may take; one over the logs of some hours takes a few seconds."""
_FIRST_PAUSE = 0.15
_UNDER_WAY = frozenset({"Scheduled", "Running"})
_COUNT = "events_counted"
_ACTION = "logs:GetQueryResults"
_SPECIAL = re.compile(r"[\\.^$|?*+()\[\]{}/]")
_SLASH = re.compile(r"\\.|/", re.DOTALL)
_OF_PYTHON_ALONE = re.compile(r"\(\?P|\(\?\(|\(\?#|\\Z")


@dataclass(frozen=True)
class Stretch:
    """A stretch of a log group's time: from `start` up to, and without, `end`."""

    group: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Counted:
    """What a query counted, and what CloudWatch says that it read for it (None where it does not say)."""

    events: int
    matched: int | None = None
    scanned_bytes: int | None = None


def start_count(session: AwsSession, stretch: Stretch, filters: Sequence[str]) -> str:
    """Start to count the events that pass every filter; the query's id. Raises Absent, ProbeError."""
    start, end = milliseconds(stretch.start), milliseconds(stretch.end)
    # StartQuery takes whole seconds and its end belongs to it: the times in the query are exact.
    exact = f"toMillis(@timestamp) >= {start} and toMillis(@timestamp) < {end}"
    commands = [f"filter {one}" for one in (exact, *filters)] + [f"stats count(*) as {_COUNT}"]
    answer = session.ask(
        "logs",
        "StartQuery",
        needs=("queryId",),
        logGroupName=stretch.group,
        startTime=start // 1000,
        endTime=-(-end // 1000),
        queryString=" | ".join(commands),
    )
    return str(answer["queryId"])


def counted(session: AwsSession, queries: Mapping[str, str]) -> dict[str, Counted]:
    """Poll the queries until all are Complete; their counts under their names.

    Raises ProbeError when one ends otherwise, or not in time.
    """
    found: dict[str, Counted] = {}
    for _ in attempts(QUERY_SECONDS, every=_FIRST_PAUSE):
        for name in [name for name in queries if name not in found]:
            answer = _results(session, queries[name])
            if _is_complete(str(answer["status"])):
                found[name] = _counted(answer)
        if len(found) == len(queries):
            return found
    raise ProbeError(
        f"{_ACTION}: {len(queries) - len(found)} queries are still running after {QUERY_SECONDS} s",
        mend="Run sooner after the deployment, or look in Logs Insights",
    )


def _is_complete(status: str) -> bool:
    if status != "Complete" and status not in _UNDER_WAY:
        raise ProbeError(
            f"{_ACTION}: the query ended {status}", mend="Run again, or look in Logs Insights"
        )
    return status == "Complete"


def _results(session: AwsSession, query: str) -> Mapping[str, Any]:
    try:
        return session.ask("logs", "GetQueryResults", needs=("status", "results"), queryId=query)
    except Absent as lost:
        # It is the query that is not there. Let through, it would read as a log group that is missing.
        raise ProbeError(lost.what, mend="Run again") from lost


def _counted(answer: Mapping[str, Any]) -> Counted:
    told = answer.get("statistics") or {}
    matched, scanned = told.get("recordsMatched"), told.get("bytesScanned")
    return Counted(
        events=_number(answer["results"]),
        matched=None if matched is None else int(matched),
        scanned_bytes=None if scanned is None else int(scanned),
    )


def _number(rows: Sequence[Sequence[Mapping[str, str]]]) -> int:
    if not rows:
        return 0  # a count over no events at all has no row
    for cell in rows[0]:
        if cell.get("field") == _COUNT:
            return int(float(str(cell.get("value"))))
    raise ProbeError(f"{_ACTION}: the answer holds no count", mend="Look in Logs Insights")


def holds_any(terms: Sequence[str]) -> str:
    """The filter for events whose message holds one of the terms."""
    escaped = (_SPECIAL.sub(r"\\\g<0>", term) for term in terms)
    return f"@message like /{'|'.join(escaped)}/"


def matches_none(expressions: Sequence[str]) -> Iterator[str]:
    """The filters for events that none of the regular expressions finds. Raises ProbeError."""
    return (f"@message not like /{_delimited(one)}/" for one in expressions)


def matches_any(expressions: Sequence[str]) -> str:
    """The filter for events that one of the regular expressions finds. Raises ProbeError."""
    return " or ".join(f"@message like /{_delimited(one)}/" for one in expressions)


def _delimited(expression: str) -> str:
    """The expression as it stands between slashes. Raises ProbeError for what Insights cannot read."""
    if _OF_PYTHON_ALONE.search(expression):
        raise ProbeError(
            f"`ignore` has {expression!r}, which Logs Insights cannot read",
            mend=r"Write it without (?P…), (?(…)…), (?#…) and \Z",
        )
    return _SLASH.sub(lambda found: r"\/" if found[0] == "/" else found[0], expression)
