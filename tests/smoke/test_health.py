"""Row 14: the health endpoints, and row 10's response times of the same endpoints."""

from __future__ import annotations

import asyncio
import re

import pytest

from postdeploy.flow import Flow
from postdeploy.probes.endpoint import Answer, ask, sample
from postdeploy.target import Endpoint


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("endpoints")
@pytest.mark.covers("health.{name}")
async def test_health_endpoint(flow: Flow, name: str) -> None:
    """The health endpoint gives the declared answer itself, without a redirect."""
    endpoint = flow.environment.endpoints[name]
    async with flow.check.item(f"health.{name}") as step:
        answer = await ask(flow.http(), endpoint)
        step.saw(answer.told(), expected=_expected(endpoint))
        wrong = [*_wrong(endpoint, answer)]
        assert not wrong, "; ".join(wrong)


def _expected(endpoint: Endpoint) -> str:
    body = ", ".join(f"{key} = {value!r}" for key, value in endpoint.json_equals.items())
    return f"{endpoint.status} {endpoint.content_type} {body}".strip()


def _wrong(endpoint: Endpoint, answer: Answer) -> list[str]:
    wrong = []
    if answer.status != endpoint.status:
        wrong.append(f"status {answer.status}, expected {endpoint.status}")
    if endpoint.content_type and not answer.content_type.startswith(endpoint.content_type):
        wrong.append(f"content type {answer.content_type!r}, expected {endpoint.content_type!r}")
    if endpoint.redirects_to and answer.location != endpoint.redirects_to:
        wrong.append(f"leads to {answer.location!r}, expected {endpoint.redirects_to!r}")
    if endpoint.contains and endpoint.contains not in answer.text:
        wrong.append(f"the body does not contain {endpoint.contains!r}")
    if answer.seconds > endpoint.seconds:
        wrong.append(f"took {answer.seconds:.2f} s, at most {endpoint.seconds:g} s")
    return [*wrong, *_wrong_body(endpoint, answer), *_wrong_headers(endpoint, answer)]


def _wrong_body(endpoint: Endpoint, answer: Answer) -> list[str]:
    wrong = [
        f"{key} is {answer.value(key)!r}, expected {value!r}"
        for key, value in endpoint.json_equals.items()
        if answer.value(key) != value
    ]
    return wrong + [
        f"{key} is missing" for key in endpoint.json_has if answer.value(key) in (None, "")
    ]


def _wrong_headers(endpoint: Endpoint, answer: Answer) -> list[str]:
    return [
        f"header {name} is {answer.headers.get(name.lower(), '')!r}, expected to match {pattern!r}"
        for name, pattern in endpoint.response_headers.items()
        if not re.search(pattern, answer.headers.get(name.lower(), ""))
    ]


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.covers("perf.response-times")
async def test_response_times(flow: Flow) -> None:
    """The 95th percentile of each declared endpoint's response time is below its bound.

    Taken when all flows have ended, so that the run's own load is not what it measures.
    """
    async with flow.check.item("perf.response-times") as step:
        endpoints = flow.environment.endpoints
        assert endpoints, "the target file declares no endpoint"
        timings = dict(
            zip(
                endpoints,
                await asyncio.gather(*(sample(flow.http(), e) for e in endpoints.values())),
                strict=True,
            )
        )
        told = [
            f"{name}: p95 {t.p95 * 1000:.0f} ms of {len(t.seconds)} samples"
            for name, t in timings.items()
        ]
        step.saw("; ".join(told))
        slow = [
            f"{name}: p95 {timings[name].p95:.2f} s, bound {endpoint.p95_seconds:g} s"
            for name, endpoint in endpoints.items()
            if timings[name].p95 > endpoint.p95_seconds
        ]
        assert not slow, "; ".join(slow)


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.covers("perf.no-timeouts")
async def test_no_request_timed_out(flow: Flow) -> None:
    """No request of the whole run timed out."""
    async with flow.check.item("perf.no-timeouts") as step:
        exchanges = [*flow.run.timeouts, *flow.run.browser.traffic.late()]
        late = [f"{one.method} {one.url} (after {one.seconds:.1f} s)" for one in exchanges]
        step.saw(
            f"{len(late)} requests timed out, {len(flow.run.exchanges)} were made over HTTP alone"
        )
        assert flow.run.exchanges, "no request was made before this check"
        assert not late, f"timed out: {late[:5]}"
