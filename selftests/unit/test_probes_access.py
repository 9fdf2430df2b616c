"""Guards, streams and cross-origin answers are observed as a stranger and as an invited caller meet them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import httpx
import pytest

from postdeploy.errors import Unreachable
from postdeploy.probes.bearer import request_headers
from postdeploy.probes.cors import observe_allowed_origin, observe_preflight
from postdeploy.probes.guard import observe_right, observe_variant
from postdeploy.probes.http import NoAnswer, ObservingTransport
from postdeploy.probes.stream import observe_opening, observe_refusal
from postdeploy.target import Cors, Guard, Refusal, Stream
from selftests.unit.streaming import Streaming, streaming
from selftests.unit.talking import Answer, client_for

T = TypeVar("T")
URL = "http://127.0.0.1:9/records"
ORIGIN = "https://app.clinic.example"
SECRETS = {"TOKEN": "right", "OTHER": "other"}
GUARD = Guard(
    url=URL,
    headers={"X-Tenant-Id": "ours"},
    bearer="TOKEN",
    refusals={
        "another": Refusal(headers={"x-tenant-id": "theirs"}),
        "none": Refusal(without=("X-TENANT-ID",)),
        "stranger": Refusal(bearer=""),
        "other": Refusal(bearer="OTHER"),
    },
)


def asked(answer: Answer, work: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
    async def scene() -> T:
        async with client_for(answer) as client:
            return await work(client)

    return asyncio.run(scene())


def test_later_headers_win_whatever_their_case_and_some_are_left_out() -> None:
    headers = request_headers("t", {"A": "1", "B": "2"}, {"a": "3"}, without=("b",))
    assert dict(headers) == {"authorization": "Bearer t", "a": "3"}
    assert "authorization" not in request_headers("")


def test_the_right_request_carries_its_token_and_headers() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        right = request.headers["authorization"] == "Bearer right"
        return httpx.Response(200 if right and request.headers["x-tenant-id"] == "ours" else 500)

    status = asked(answer, lambda client: observe_right(client, GUARD, SECRETS.__getitem__))
    assert status == 200


@pytest.mark.parametrize(
    ("variant", "sent"),
    [
        ("another", ("Bearer right", "theirs")),
        ("none", ("Bearer right", None)),
        ("stranger", (None, "ours")),
        ("other", ("Bearer other", "ours")),
    ],
)
def test_a_variant_differs_from_the_right_request_in_what_it_declares(
    variant: str, sent: tuple[str | None, str | None]
) -> None:
    seen: list[tuple[str | None, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers.get("authorization"), request.headers.get("x-tenant-id")))
        return httpx.Response(403)

    refusal = GUARD.refusals[variant]
    status = asked(answer, lambda c: observe_variant(c, GUARD, refusal, SECRETS.__getitem__))
    assert (status, seen) == (403, [sent])


def test_a_guard_sends_its_body() -> None:
    guard = GUARD.model_copy(update={"method": "POST", "body": {"query": "{ me }"}, "bearer": ""})

    def answer(request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        return httpx.Response(200 if request.read() == b'{"query":"{ me }"}' else 400)

    assert asked(answer, lambda c: observe_right(c, guard, SECRETS.__getitem__)) == 200


@pytest.fixture(scope="module")
def server() -> Iterator[Streaming]:
    with streaming() as served:
        yield served


def opened(
    work: Callable[[httpx.AsyncClient], Awaitable[T]],
) -> T:
    async def scene() -> T:
        transport = ObservingTransport(httpx.AsyncHTTPTransport(), lambda _: None)
        async with httpx.AsyncClient(transport=transport) as client:
            return await work(client)

    return asyncio.run(scene())


def stream(url: str, seconds: float = 5) -> Stream:
    return Stream(url=url, bearer="TOKEN", seconds=seconds)


def test_a_stream_is_let_go_of_after_its_first_bytes(server: Streaming) -> None:
    opening = opened(lambda c: observe_opening(c, stream(f"{server.url}/talks"), "right"))
    assert (opening.status, opening.content_type) == (200, "text/event-stream")
    assert opening.first.startswith(": connected")
    assert opening.seconds < 4
    assert server.left.wait(5), "nobody hung up"


def test_a_stream_that_stays_silent_is_no_answer(server: Streaming) -> None:
    with pytest.raises(NoAnswer, match=r"opened and sent nothing in 0\.3 s"):
        opened(lambda c: observe_opening(c, stream(f"{server.url}/silent", 0.3), "right"))


def test_a_stream_that_never_opens_is_no_answer(server: Streaming) -> None:
    with pytest.raises(NoAnswer, match="gave no answer"):
        opened(lambda c: observe_opening(c, stream(f"{server.url}/mute", 0.3), "right"))


def test_a_stream_that_ends_at_once_has_no_first_bytes(server: Streaming) -> None:
    opening = opened(lambda c: observe_opening(c, stream(f"{server.url}/ends"), "right"))
    assert (opening.status, opening.first) == (200, "")


def test_a_refused_stream_is_told_by_its_status(server: Streaming) -> None:
    opening = opened(lambda c: observe_opening(c, stream(f"{server.url}/talks"), "wrong"))
    assert (opening.status, opening.first) == (401, "")


@pytest.mark.parametrize(("token", "status"), [("", 401), ("wrong", 401), ("right", 200)])
def test_whether_a_stream_is_refused_is_seen_without_reading_it(
    server: Streaming, token: str, status: int
) -> None:
    one = stream(f"{server.url}/silent", 3)
    assert opened(lambda c: observe_refusal(c, one, token)) == status


def test_a_stream_of_a_host_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        opened(lambda c: observe_opening(c, stream("http://127.0.0.1:9/x"), "right"))


def letting_in(**headers: str) -> Answer:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(204, headers=told)


def test_a_preflight_asks_as_a_browser_does() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204, headers={"Access-Control-Allow-Origin": ORIGIN})

    cors = Cors(url=URL, method="PUT", origins=(ORIGIN,), headers=("X-Tenant-Id", "Authorization"))
    preflight = asked(answer, lambda client: observe_preflight(client, cors, ORIGIN))
    assert (preflight.status, preflight.origin) == (204, ORIGIN)
    [request] = seen
    assert request.method == "OPTIONS"
    assert request.headers["origin"] == ORIGIN
    assert request.headers["access-control-request-method"] == "PUT"
    assert request.headers["access-control-request-headers"] == "x-tenant-id,authorization"


@pytest.mark.parametrize(
    ("told", "lacking"),
    [
        ({}, ["the header authorization", "the header x-a", "the method PUT"]),
        ({"allow_methods": "GET, PUT", "allow_headers": "Authorization, X-A"}, []),
        ({"allow_methods": "PUT", "allow_headers": "*"}, ["the header authorization"]),
        (
            {"allow_methods": "put", "allow_headers": "authorization,x-a"},
            ["the method PUT"],
        ),
    ],
    ids=str,
)
def test_what_a_preflight_does_not_allow_is_told(told: dict[str, str], lacking: list[str]) -> None:
    answer = letting_in(**{f"access_control_{name}": value for name, value in told.items()})
    cors = Cors(url=URL, method="PUT", origins=(ORIGIN,), headers=("authorization", "x-a"))
    preflight = asked(answer, lambda client: observe_preflight(client, cors, ORIGIN))
    assert preflight.lacks(cors) == lacking


def test_the_origin_that_an_answer_lets_in_is_told_even_of_an_error() -> None:
    cors = Cors(url=URL, origins=(ORIGIN,))

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            401, headers={"Access-Control-Allow-Origin": request.headers["origin"]}
        )

    assert asked(answer, lambda c: observe_allowed_origin(c, cors, ORIGIN)) == ORIGIN
    assert (
        asked(lambda _: httpx.Response(200), lambda c: observe_allowed_origin(c, cors, "x")) == ""
    )
