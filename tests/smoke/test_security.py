"""How a system is secured: redirects and headers, certificates, guarded requests, and origins of browsers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from fixtures.endpoints import answer_faults, expected_answer
from fixtures.guarded import (
    RIGHT,
    Statuses,
    alike,
    guard_faults,
    looked_through,
    require_patience,
    told,
)
from postdeploy.flow import Flow
from postdeploy.probes.cors import lookalikes, observe_allowed_origin, observe_preflight
from postdeploy.probes.endpoint import Answer, ask
from postdeploy.probes.tls import Handshake, observe_handshake
from postdeploy.target import Cors, Endpoint, TlsHost

LOOKS = 10
"""How often an address is asked: one server of several may lack what the others have."""
_NOWHERE = "null"
"""The origin of a sandboxed frame or a local file; whoever lets it in lets everybody in."""


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("security")
@pytest.mark.covers("security.{name}")
async def test_answer_is_secured(flow: Flow, name: str) -> None:
    """Each answer is redirected, or carries the security headers, as the target file says."""
    endpoint = flow.environment.security[name]
    async with flow.check.item(f"security.{name}") as step:
        client = flow.http()
        for number in range(1, LOOKS + 1):
            answer = await ask(client, endpoint)
            seen = f"answer {number} of {LOOKS}: {_secured(endpoint, answer)}"
            step.saw(seen, expected=expected_answer(endpoint))
            faults = answer_faults(endpoint, answer)
            assert not faults, "; ".join(faults)


def _secured(endpoint: Endpoint, answer: Answer) -> str:
    """What the answer does for security, in short."""
    headers = {key: answer.headers.get(key.lower(), "") for key in endpoint.response_headers}
    leads = f" to {answer.location}" if answer.location else ""
    return f"{answer.status}{leads} {headers or ''}"


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("tls")
@pytest.mark.covers("tls.{name}")
async def test_certificate_is_valid(flow: Flow, name: str) -> None:
    """The host shows a trusted certificate of its own, which is not about to expire."""
    host = flow.environment.tls[name]
    async with flow.check.item(f"tls.{name}") as step:
        seconds = flow.environment.bounds.page_seconds
        proxy = flow.run.proxies.of(host.url)
        trust = flow.run.trust()
        seen = await flow.run.in_thread(observe_handshake, host.url, trust, seconds, proxy)
        left = seen.days_left(datetime.now(UTC))
        step.saw(_in_words(seen, left), expected=f"trusted, for this host, ≥ {host.days} days left")
        assert not seen.refused, f"{seen.host}: {seen.refused}"
        _require_days(seen, left, host)


def _in_words(seen: Handshake, left: float | None) -> str:
    if seen.refused:
        return seen.refused
    until = f"{seen.expires:%Y-%m-%d}" if seen.expires else "an untold day"
    return f"trusted, {seen.protocol}, valid until {until}, {left or 0:.1f} days left"


def _require_days(seen: Handshake, left: float | None, host: TlsHost) -> None:
    assert left is not None, f"{seen.host} shows a certificate without an end"
    assert left >= host.days, (
        f"the certificate of {seen.host} ends in {left:.1f} days, at least {host.days} wanted"
    )


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("guards")
@pytest.mark.covers("guard.{name}")
async def test_only_the_right_request_gets_through(flow: Flow, name: str) -> None:
    """The right request is let in, and each variant of it that must be refused is refused."""
    guard = flow.environment.guards[name]
    async with flow.check.item(f"guard.{name}") as step:
        seen, faults = dict[str, str](), list[str]()
        answers = dict[str, dict[str, Statuses]]()
        for path, one in alike(guard, flow.secret):
            expected = {RIGHT: guard.status} | {n: r.status for n, r in one.refusals.items()}
            answers[path] = answered = await looked_through(flow.http(), one, flow.secret)
            seen |= {f"{path} {name}".strip(): status for name, status in told(answered).items()}
            faults += [f"{path} {fault}".strip() for fault in guard_faults(one, answered)]
            step.saw(seen, expected=expected)
        assert not faults, "; ".join(faults)
        for path, answered in answers.items():
            require_patience(path, answered)


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("cors")
@pytest.mark.covers("cors.{name}")
async def test_only_declared_origins_may_call(flow: Flow, name: str) -> None:
    """Browsers may call from each declared origin, and from no other."""
    cors = flow.environment.cors[name]
    async with flow.check.item(f"cors.{name}") as step:
        client = flow.http()
        faults = [fault for one in cors.origins for fault in await _shut_out(client, cors, one)]
        strangers = (cors.foreign, _NOWHERE)
        faults += [fault for one in strangers for fault in await _let_in(client, cors, one)]
        # Whoever lets everybody in lets these in as well.
        near = [] if faults else lookalikes(cors.origins)
        nearly = await asyncio.gather(*(_let_in(client, cors, one) for one in near))
        faults += [fault for found in nearly for fault in found]
        step.saw(
            "; ".join(faults)
            or f"{len(cors.origins)} origins let in, {strangers} and {len(near)} that resemble them kept out",
            expected=f"only {', '.join(cors.origins)}",
        )
        assert not faults, "; ".join(faults)


async def _shut_out(client: httpx.AsyncClient, cors: Cors, origin: str) -> list[str]:
    """What keeps a page of a declared origin from calling."""
    asked = await observe_preflight(client, cors, origin)
    faults = []
    if not httpx.codes.is_success(asked.status):
        faults.append(f"the preflight from {origin} is answered {asked.status}")
    elif lacking := asked.lacks(cors):
        faults.append(f"the preflight from {origin} does not allow {', '.join(lacking)}")
    if asked.origin != origin:
        faults.append(f"the preflight from {origin} lets in {asked.origin or 'nobody'}")
    told = await observe_allowed_origin(client, cors, origin)
    if told != origin:
        faults.append(f"a GET from {origin} lets in {told or 'nobody'}")
    return faults


async def _let_in(client: httpx.AsyncClient, cors: Cors, origin: str) -> list[str]:
    """How a page of an origin that nobody declared may call all the same."""
    asked = (await observe_preflight(client, cors, origin)).origin
    told = await observe_allowed_origin(client, cors, origin)
    # A server that names one of the declared origins whoever asks does not let this one in.
    harmless = ("", *cors.origins)
    return [
        f"{what} from {origin} lets in {found}"
        for what, found in (("the preflight", asked), ("a GET", told))
        if found not in harmless
    ]
