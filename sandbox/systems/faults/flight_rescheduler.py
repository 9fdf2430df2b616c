"""The faults of Flight Rescheduler."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox.systems.faults import (
    answers,
    checker,
    health,
    managed,
    services,
    surroundings,
    traffic,
)
from sandbox.systems.faults.base import Break, SystemFault
from sandbox.systems.flight_rescheduler import (
    ALARMS,
    DEAD_LETTERS,
    DURATIONS,
    QUEUE,
    SECRETS,
    STACKS,
    TOPIC,
)

if TYPE_CHECKING:
    from sandbox.systems.world import SystemWorld

_NAME = "flight-rescheduler"
_STREAM = "/api/notifications/stream"
# The runbook's bound of the average is thirty seconds.
_TOO_LONG = 34_000.0
_OUTAGE = HTMLResponse(
    "<!doctype html><title>Status</title><h1>Flight Rescheduler</h1><p>Partial outage"
)
_STATUS = health.Probe("status", ("status",), "/", _OUTAGE)


def _stream(**behaviour: object) -> Break:
    def apply(world: SystemWorld) -> None:
        for name, value in behaviour.items():
            setattr(world.product, name, value)

    return apply


def _open_at_times(world: SystemWorld) -> None:
    """Let one of several tasks ask for no token."""
    numbers = itertools.count(1)

    async def answer(request: Request) -> Response | None:
        refused = request.headers.get("authorization") != "Bearer sandbox-stream-token"
        if request.url.path != _STREAM or not refused or next(numbers) % 4:
            return None
        return Response(b": connected\n\n", media_type="text/event-stream")

    world.interceptors.add("api", answer)


_STREAMS = (
    SystemFault(
        "flight-rescheduler.stream-without-token",
        "The stream opens without a token",
        _stream(needs_token=False),
    ),
    SystemFault(
        "flight-rescheduler.stream-any-token",
        "The stream opens with any token at all",
        _stream(any_token=True),
    ),
    SystemFault(
        "flight-rescheduler.stream-open-at-times",
        "Every fourth request without the right token opens the stream",
        _open_at_times,
    ),
    SystemFault(
        "flight-rescheduler.stream-silent",
        "The stream opens and never sends a byte",
        _stream(silent=True),
    ),
    SystemFault(
        "flight-rescheduler.stream-other-type",
        "The stream sends its events as text/html",
        _stream(content_type="text/html; charset=utf-8"),
    ),
    SystemFault(
        "flight-rescheduler.stream-ends",
        "The stream opens and ends at once, without an event",
        answers.answered(("api",), _STREAM, Response(b"", media_type="text/event-stream")),
    ),
    SystemFault(
        "flight-rescheduler.stream-breaks-off",
        "The stream opens, says that it is connected, and ends",
        _stream(ends=True),
    ),
    SystemFault(
        "flight-rescheduler.stream-no-events",
        "The stream opens and sends the JSON of an error in place of events",
        _stream(first='{"error":"ECONNREFUSED redis:6379"}'),
    ),
    SystemFault(
        "flight-rescheduler.stream-error",
        "The stream opens, and its first event tells of an error",
        _stream(first='event: error\ndata: {"message":"redis: connection refused"}\n\n'),
    ),
    SystemFault(
        "flight-rescheduler.stream-refuses",
        "The stream takes the right token for a wrong one",
        answers.answered(("api",), _STREAM, answers.json(401, {"error": "unauthorized"})),
    ),
    SystemFault(
        "flight-rescheduler.stream-502",
        "A gateway answers 502 in the stream's place",
        answers.answered(("api",), _STREAM, Response("Bad Gateway", status_code=502)),
    ),
)

FAULTS = (
    *health.of_probe(_NAME, _STATUS),
    *health.of_tail(_NAME, _STATUS),
    *health.of_reach(_NAME, "status"),
    *_STREAMS,
    *(fault for name in DURATIONS for fault in managed.of_function(_NAME, name, _TOO_LONG)),
    *(
        fault
        for name, usual in DURATIONS.items()
        for fault in traffic.of_functions(_NAME, name, usual)
    ),
    *services.of_log(_NAME, "weather-monitor"),
    *services.of_log(_NAME, "ai-rescheduler"),
    *services.of_missing_log(_NAME, "ai-rescheduler"),
    *(fault for alarm in ALARMS for fault in managed.of_alarm(_NAME, alarm.name)),
    *(fault for alarm in ALARMS for fault in managed.of_threshold(_NAME, alarm.name)),
    *managed.of_delay(_NAME, ALARMS[0].name),
    *managed.of_queue(_NAME, QUEUE, DEAD_LETTERS),
    *managed.of_topic(_NAME, TOPIC),
    *surroundings.of_stack(_NAME, "weather-monitor", STACKS[0]),
    *surroundings.of_stack(_NAME, "ai-rescheduler", STACKS[1]),
    *surroundings.of_secret(_NAME, SECRETS[0], "database"),
    *surroundings.of_secret(_NAME, SECRETS[1], "model"),
    *checker.of_checker(_NAME, "lambda", "sns"),
)
