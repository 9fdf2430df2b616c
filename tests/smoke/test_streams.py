"""Streams of server-sent events open for those who hold a token, and for nobody else."""

from __future__ import annotations

import re

import httpx
import pytest

from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.bearer import STRANGERS_TOKEN
from postdeploy.probes.endpoint import TOO_MANY
from postdeploy.probes.stream import Opening, observe_opening, observe_refusal
from postdeploy.target import Stream

ROUNDS = 4
"""How often each refusal is asked for: one server of several may know no guard."""
_EVENTS = "text/event-stream"
_FIELD = re.compile(r"^\ufeff?(:|(data|event|id|retry)(:|\r?$))", re.MULTILINE)
"""How a line of a stream of events begins, by the HTML standard; clients pass over all others."""
_ERROR = re.compile(r"^event: ?error\b", re.MULTILINE)


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("streams")
@pytest.mark.covers("stream.{name}")
async def test_stream_opens_with_a_token_alone(flow: Flow, name: str) -> None:
    """The stream opens with its token and soon sends something; without it, or with another, it does not."""
    stream = flow.environment.streams[name]
    async with flow.check.item(f"stream.{name}") as step:
        client = flow.http()
        opening = await observe_opening(client, stream, flow.secret(stream.bearer))
        step.saw(
            f"{opening.status} {opening.content_type}, {opening.first[:60]!r} after {opening.seconds:.2f} s",
            expected=f"200 {stream.content_type}, first bytes within {stream.seconds:g} s",
        )
        faults = _faults(stream, opening)
        assert not faults, "; ".join(faults)
        tokens = {"without a token": "", "with a token that nobody issued": STRANGERS_TOKEN}
        refused = {
            how: [await observe_refusal(client, stream, token) for _ in range(ROUNDS)]
            for how, token in tokens.items()
        }
        step.saw(f"{step.observed}; {refused}")
        let_in = [
            f"{how} it is answered {statuses}, expected one of {stream.refused_status} each time"
            for how, statuses in refused.items()
            if not {*statuses} <= {*stream.refused_status, TOO_MANY}
        ]
        assert not let_in, "; ".join(let_in)
        limited = [how for how, statuses in refused.items() if TOO_MANY in statuses]
        if limited:
            raise ProbeError(f"429 (too many requests), neither entry nor refusal, {limited[0]}")


def _faults(stream: Stream, opening: Opening) -> list[str]:
    if opening.status != httpx.codes.OK:
        return [f"status {opening.status}, expected 200"]
    faults = []
    if not opening.content_type.startswith(stream.content_type):
        faults.append(f"content type {opening.content_type!r}, expected {stream.content_type!r}")
    if not opening.first:
        return [*faults, "it ended without a byte"]
    if opening.ended:
        faults.append(f"it ended after {opening.first[:80]!r}")
    return [*faults, *_event_faults(stream, opening.first)]


def _event_faults(stream: Stream, first: str) -> list[str]:
    """What keeps the first bytes from being a stream of events; comments and heartbeats are right."""
    if stream.content_type != _EVENTS or not first.strip("\ufeff \r\n"):
        return []
    if not _FIELD.search(first):
        return [f"what it sends is no event: {first[:80]!r}"]
    return [f"it sends an error: {first[:80]!r}"] if _ERROR.search(first) else []
