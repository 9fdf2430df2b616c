"""Row 14: the health endpoints, and row 10's response times of the same endpoints."""

from __future__ import annotations

import asyncio
from math import isinf

import pytest

from fixtures.endpoints import answer_faults, expected_answer, is_anybodys_page
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.endpoint import Timings, ask, sample
from postdeploy.target import Endpoint
from postdeploy.traffic import TIMED_OUT

FEW = 5
"""So many answers by a load balancer are no share of anything."""
LOOKS = 10
"""How often an endpoint is asked: one server of several behind it may be the one that is not well."""


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("endpoints")
@pytest.mark.covers("health.{name}")
async def test_health_endpoint(flow: Flow, name: str) -> None:
    """The health endpoint gives the declared answer itself, each time, without a redirect."""
    endpoint = flow.environment.endpoints[name]
    async with flow.check.item(f"health.{name}") as step:
        client = flow.http()
        for number in range(1, LOOKS + 1):
            # One after another: an answer that floods is only once in the memory.
            answer = await ask(client, endpoint)
            seen = f"answer {number} of {LOOKS}: {answer.told()}"
            step.saw(seen, expected=expected_answer(endpoint))
            faults = answer_faults(endpoint, answer)
            assert not faults, "; ".join(faults)
        if is_anybodys_page(endpoint, answer):
            raise ProbeError(
                f"{endpoint.url} answers with an HTML page, as an application does for any address",
                mend=f"Say in {flow.target.file} by what the right answer is known: content_type, contains or json_has",
            )


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.covers("perf.response-times")
async def test_response_times(flow: Flow) -> None:
    """The 95th percentile of the response times of each endpoint and each protected route is below its bound.

    Taken when all flows have ended, so that the run's own load is not what it measures.
    """
    async with flow.check.item("perf.response-times") as step:
        assert flow.environment.endpoints, "the target file declares no endpoint"
        routes = _routes(flow)
        endpoints = {**flow.environment.endpoints, **routes}
        # A system without protected routes has nobody to sign in, and no browser to do it with.
        member = await flow.client("member") if routes else flow.http()
        series = await asyncio.gather(
            *(sample(flow.http(), one) for one in flow.environment.endpoints.values()),
            *(sample(member, one) for one in routes.values()),
        )
        timings = dict(zip(endpoints, series, strict=True))
        step.saw("; ".join(f"{name}: {_told(timing)}" for name, timing in timings.items()))
        slow = [
            f"{name}: {_told(timings[name])}, bound {endpoint.p95_seconds:g} s"
            for name, endpoint in endpoints.items()
            if timings[name].p95 > endpoint.p95_seconds
        ]
        assert not slow, "; ".join(slow)


def _told(timing: Timings) -> str:
    samples = len(timing.seconds) + len(timing.wrong)
    wrong = f", {len(timing.wrong)} of them wrong ({timing.wrong[0]})" if timing.wrong else ""
    p95 = "beyond any bound" if isinf(timing.p95) else f"{timing.p95 * 1000:.0f} ms"
    early = ", which decide it" if timing.early else ""
    return f"p95 {p95} of {samples} samples{early}{wrong}"


def _routes(flow: Flow) -> dict[str, Endpoint]:
    """The protected routes that are read: what people wait for, and a health endpoint never shows."""
    bound = flow.environment.bounds.route_p95_seconds
    return {
        route.path: Endpoint(url=flow.url("api", route.path), p95_seconds=bound)
        for route in flow.environment.protected_routes
        if route.method == "GET"
    }


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.last
@pytest.mark.every_shard
@pytest.mark.covers("perf.no-timeouts")
async def test_no_request_timed_out(flow: Flow) -> None:
    """No request of the whole run timed out, and none was given up by a gateway in between."""
    async with flow.check.item("perf.no-timeouts") as step:
        given_up = [one for one in flow.run.exchanges if one.status in TIMED_OUT]
        exchanges = [*flow.run.timeouts, *given_up, *flow.run.browser.traffic.late()]
        late = [f"{one.method} {one.url} (after {one.seconds:.1f} s)" for one in exchanges]
        by_gateway, made = flow.run.gateway.answers, len(flow.run.exchanges)
        requests = made + flow.run.gateway.requests
        step.saw(
            f"of {requests} requests, {made} of them over HTTP alone, {len(late)} timed out and"
            f" {len(by_gateway)} were answered by a load balancer in the product's place"
        )
        if not made:
            raise ProbeError("no request was made before this check", mend="Run it with others")
        assert not late, f"timed out: {late[:5]}"
        percent = 100 * len(by_gateway) / requests
        bound = flow.environment.bounds.gateway_percent
        few = len(by_gateway) <= FEW
        assert few or percent <= bound, f"{percent:.1f} % (bound {bound:g} %): {by_gateway[:5]}"
