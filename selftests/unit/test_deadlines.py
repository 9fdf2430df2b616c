"""No answer, however it is made, takes longer than its deadline or more memory than its bound."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Iterator

import httpx
import pytest

from postdeploy.errors import ProbeError, Unreachable
from postdeploy.probes.http import Exchange, NoAnswer, ObservingTransport
from postdeploy.probes.measured import Unreadable
from selftests.unit.hostile import Hostile, hostile

_SECONDS = 0.5
_MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[Hostile]:
    with hostile() as made:
        yield made


def get(url: str, noted: list[Exchange] | None = None) -> httpx.Response:
    """What a client as checks have it gets from `url`."""

    async def scene() -> httpx.Response:
        note = (noted if noted is not None else []).append
        transport = ObservingTransport(httpx.AsyncHTTPTransport(), note, 4 * _MEGABYTE)
        async with httpx.AsyncClient(transport=transport, timeout=_SECONDS) as client:
            return await client.get(url)

    return asyncio.run(scene())


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [
        ("silent", NoAnswer, "gave no answer in 0."),
        ("drip", NoAnswer, "began to answer and did not end in 0."),
        ("drip-headers", NoAnswer, "gave no answer in 0."),
        ("drip-status", NoAnswer, "gave no answer in 0."),
        ("informational", NoAnswer, "gave no answer in 0."),
        ("events", NoAnswer, "began to answer and did not end in 0."),
        ("endless-headers", Unreachable, "RemoteProtocolError"),
        ("endless-trailers", Unreachable, "RemoteProtocolError"),
        ("huge", Unreadable, "was answered with more than 4 MB"),
        ("bomb", Unreadable, "was answered with more than 4 MB when unpacked"),
        ("deflate-bomb", Unreadable, "was answered with more than 4 MB when unpacked"),
        ("bomb-in-a-bomb", Unreadable, "packed as 'gzip, gzip', which nobody asked for"),
        ("not-gzip", Unreadable, "not packed as it says (gzip)"),
    ],
)
def test_each_ends_within_its_deadline_with_a_sentence(
    server: Hostile, path: str, kind: type[Exception], told: str
) -> None:
    began = time.monotonic()
    with pytest.raises(kind) as raised:
        get(f"{server.url}/{path}")
    assert type(raised.value) is kind
    assert told in str(raised.value)
    assert f"{server.url}/{path}" in str(raised.value)
    assert time.monotonic() - began < _SECONDS + 15  # and not for ever


def test_a_body_without_end_is_not_read_to_its_end_nor_kept(server: Hostile) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in ("huge", "bomb"):
        with pytest.raises(Unreadable):
            get(f"{server.url}/{path}")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 60 * 1024  # KB: the bomb alone is 200 MB
    assert server.sent < 64 * _MEGABYTE


@pytest.mark.parametrize(("path", "status"), [("redirect", 302), ("packed", 200)])
def test_what_ends_is_an_answer(server: Hostile, path: str, status: int) -> None:
    response = get(f"{server.url}/{path}")
    assert response.status_code == status
    assert response.text in ("", "all is well")


def test_an_answer_that_comes_too_slowly_is_noted_as_timed_out(server: Hostile) -> None:
    noted: list[Exchange] = []
    with pytest.raises(NoAnswer):
        get(f"{server.url}/drip", noted)
    assert [one.timed_out for one in noted] == [False, True]


def test_a_handshake_that_hangs_speaks_against_the_host(server: Hostile) -> None:
    with pytest.raises(NoAnswer, match=r"did not end the TLS handshake in 0\.5 s"):
        get(f"https://{server.url.partition('//')[2]}/")


def test_a_host_that_takes_no_connection_is_not_reached() -> None:
    def nobody(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("")

    async def scene() -> None:
        transport = ObservingTransport(httpx.MockTransport(nobody), lambda _: None)
        async with httpx.AsyncClient(transport=transport, timeout=_SECONDS) as client:
            await client.get("http://127.0.0.1:9/")

    with pytest.raises(Unreachable, match=r"ConnectTimeout: nothing within 0\.5 s"):
        asyncio.run(scene())


def test_a_request_that_is_not_taken_in_speaks_against_the_host(server: Hostile) -> None:
    async def scene() -> None:
        transport = ObservingTransport(httpx.AsyncHTTPTransport(), lambda _: None)
        async with httpx.AsyncClient(transport=transport, timeout=_SECONDS) as client:
            await client.post(server.url, content=b"x" * 32 * _MEGABYTE)

    with pytest.raises(NoAnswer, match="did not take the whole request"):
        asyncio.run(scene())


def test_waiting_for_a_free_connection_is_not_the_hosts_doing(server: Hostile) -> None:
    """Three requests on one connection: each has the whole time, one after the other."""

    async def scene() -> list[BaseException | httpx.Response]:
        inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1))
        transport = ObservingTransport(inner, lambda _: None)
        times = httpx.Timeout(1.5, pool=30)
        async with httpx.AsyncClient(transport=transport, timeout=times) as client:
            asked = (client.get(f"{server.url}/silent") for _ in range(3))
            return await asyncio.gather(*asked, return_exceptions=True)

    began = time.monotonic()
    ended = asyncio.run(scene())
    assert [type(one) for one in ended] == [NoAnswer] * 3
    assert all("gave no answer in 1.5 s" in str(one) for one in ended)
    assert time.monotonic() - began > 3 * 1.5 - 0.1


def test_who_waits_too_long_for_a_free_connection_has_seen_nothing(server: Hostile) -> None:
    async def scene() -> list[BaseException | httpx.Response]:
        inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1))
        transport = ObservingTransport(inner, lambda _: None)
        times = httpx.Timeout(_SECONDS, pool=0.1)
        async with httpx.AsyncClient(transport=transport, timeout=times) as client:
            asked = (client.get(f"{server.url}/silent") for _ in range(2))
            return await asyncio.gather(*asked, return_exceptions=True)

    assert {type(one) for one in asyncio.run(scene())} == {NoAnswer, ProbeError}
