"""HTTP answers are observations; silence, and a host that is not there, are told apart."""

from __future__ import annotations

import asyncio
import shlex
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from math import inf
from typing import TypeVar

import httpx
import pytest

from postdeploy.errors import ProbeError, Unreachable
from postdeploy.plain import plain_text
from postdeploy.probes import http
from postdeploy.probes.connection import connect
from postdeploy.probes.endpoint import ask, sample
from postdeploy.probes.http import Exchange, NoAnswer, ObservingTransport, online
from postdeploy.target import Endpoint
from selftests.unit.talking import client_for, serving

T = TypeVar("T")
URL = "http://127.0.0.1:9/health"


def asked(
    answer: Callable[[httpx.Request], httpx.Response],
    work: Callable[[httpx.AsyncClient], Awaitable[T]],
) -> tuple[T, list[Exchange]]:
    """What `work` gets from a client whose requests are answered by `answer`, and the exchanges."""
    noted: list[Exchange] = []

    async def scene() -> T:
        async with client_for(answer, noted.append) as client:
            return await work(client)

    return asyncio.run(scene()), noted


def raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


def get(client: httpx.AsyncClient) -> Awaitable[httpx.Response]:
    return client.get(URL)


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_every_status_is_an_answer(status: int) -> None:
    response, (exchange,) = asked(lambda _: httpx.Response(status), get)
    assert (response.status_code, exchange.status) == (status, status)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ReadTimeout("slow"), NoAnswer),
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.ConnectTimeout("slow"), Unreachable),
        (httpx.RemoteProtocolError("cut off"), Unreachable),
        (httpx.PoolTimeout("full"), ProbeError),
    ],
    ids=type,
)
def test_each_transport_error_is_of_a_kind_that_checks_know(
    error: Exception, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as told:
        asked(raising(error), get)
    assert type(told.value) is kind


def test_silence_after_the_connection_speaks_against_the_product() -> None:
    assert issubclass(NoAnswer, AssertionError)
    assert not issubclass(NoAnswer, ProbeError)


@pytest.mark.parametrize(
    ("error", "timed_out"),
    [
        (httpx.ReadTimeout(""), True),
        (httpx.ConnectTimeout(""), True),
        (httpx.ConnectError(""), False),
    ],
    ids=type,
)
def test_an_exchange_that_timed_out_is_noted_as_such(error: Exception, timed_out: bool) -> None:
    noted: list[Exchange] = []

    async def scene() -> None:
        async with client_for(raising(error), noted.append) as client:
            await client.get(URL)

    with pytest.raises((NoAnswer, Unreachable)):
        asyncio.run(scene())
    assert [(one.status, one.timed_out) for one in noted] == [(None, timed_out)]


def test_a_curl_line_is_whole_when_control_characters_are_taken_out() -> None:
    exchange = Exchange("GET", "https://a.test/\x1b'; rm x", 200, 0.1, headers={"x": "\x1b'$(rm)"})
    line = exchange.curl()
    assert plain_text(line) == line
    assert len(shlex.split(line)) == 7


def test_a_curl_line_repeats_the_request_without_credentials() -> None:
    async def work(client: httpx.AsyncClient) -> None:
        headers = {
            "Authorization": "Bearer secret",
            "Cookie": "session=secret",
            "X-Postmark-Server-Token": "secret",
            "X-Trace": "it's 1",
        }
        await client.post(URL, headers=headers)

    _, (exchange,) = asked(lambda _: httpx.Response(200), work)
    assert exchange.curl() == f"""curl -i -X POST -H 'x-trace: it'"'"'s 1' {URL}"""


@pytest.fixture
def half_an_answer() -> Iterator[Callable[[str], str]]:
    """Starts a server whose answers break off or stall in the middle of their body."""
    over = threading.Event()
    servers: list[Iterator[str]] = []

    def start(how: str) -> str:
        def talk(connection: socket.socket) -> None:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            if how == "stalls":
                over.wait(10)

        server = serving(talk)
        servers.append(server)
        return next(server)

    yield start
    over.set()
    for server in servers:
        next(server, None)


@pytest.mark.parametrize(("how", "kind"), [("breaks off", Unreachable), ("stalls", NoAnswer)])
def test_an_answer_that_stops_in_its_middle_is_told_like_none(
    half_an_answer: Callable[[str], str], how: str, kind: type[Exception]
) -> None:
    noted: list[Exchange] = []

    async def scene() -> None:
        transport = ObservingTransport(httpx.AsyncHTTPTransport(), noted.append)
        async with httpx.AsyncClient(transport=transport, timeout=0.3) as client:
            await client.get(half_an_answer(how))

    with pytest.raises(kind):
        asyncio.run(scene())
    assert noted[-1].timed_out == (how == "stalls")


@pytest.mark.parametrize(
    ("answers", "known"),
    [([], None), ([200], True), ([503], True), ([None], False), ([None, 204], True)],
    ids=str,
)
def test_the_runner_is_online_when_any_control_address_answers(
    answers: list[int | None], known: bool | None
) -> None:
    left = iter(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        status = next(left)
        if status is None:
            raise httpx.ConnectError("refused")
        return httpx.Response(status)

    control = [f"http://127.0.0.1:{number}/" for number in range(1, len(answers) + 1)]
    found, _ = asked(answer, lambda client: online(client, control))
    assert found is known


def test_an_answer_is_told_with_all_that_a_check_may_judge() -> None:
    response = httpx.Response(302, headers={"location": "/login"}, json={"a": {"b": [1]}})
    answer, _ = asked(lambda _: response, lambda client: ask(client, Endpoint(url=URL)))
    assert (answer.status, answer.location, answer.content_type) == (
        302,
        "/login",
        "application/json",
    )
    assert (answer.value("a.b"), answer.value("a.c"), answer.value("a.b.c")) == ([1], None, None)


def test_a_body_that_is_no_json_is_kept_as_text() -> None:
    html = httpx.Response(200, text="<h1>All is well</h1>")
    answer, _ = asked(lambda _: html, lambda client: ask(client, Endpoint(url=URL)))
    assert (answer.body, answer.value("status")) == (None, None)
    assert "All is well" in answer.told()


def test_only_right_answers_count_as_times_and_the_others_are_told() -> None:
    statuses = iter([200, 500, 200, 200, 502])
    endpoint = Endpoint(url=URL, samples=5)
    timings, _ = asked(
        lambda _: httpx.Response(next(statuses)), lambda client: sample(client, endpoint)
    )
    assert ["500" in timings.wrong[0], "502" in timings.wrong[1]] == [True, True]
    assert timings.p95 == inf  # two of five waited in vain


def test_a_single_wrong_answer_of_twenty_leaves_the_95th_percentile_a_time() -> None:
    statuses = iter([404, *[200] * 19])
    timings, _ = asked(
        lambda _: httpx.Response(next(statuses)), lambda client: sample(client, Endpoint(url=URL))
    )
    assert (timings.p95, len(timings.wrong)) == (max(timings.seconds), 1)


def test_nobody_waits_for_answers_that_can_change_nothing() -> None:
    late = Endpoint(url=URL, p95_seconds=1e-9)
    timings, _ = asked(lambda _: httpx.Response(200), lambda client: sample(client, late))
    assert (len(timings.seconds), timings.early) == (2, True)
    assert timings.p95 > late.p95_seconds
    timings, _ = asked(
        lambda _: httpx.Response(200), lambda client: sample(client, Endpoint(url=URL))
    )
    assert (len(timings.seconds), timings.early) == (20, False)


def test_late_answers_among_more_wrong_ones_decide_nothing() -> None:
    statuses = iter([500, 500, 500, *[200] * 17])
    late = Endpoint(url=URL, p95_seconds=1e-9)
    timings, _ = asked(
        lambda _: httpx.Response(next(statuses)), lambda client: sample(client, late)
    )
    assert (len(timings.wrong), len(timings.seconds)) == (3, 3)


def test_being_refused_for_asking_often_is_no_slowness() -> None:
    statuses = iter([429, 200] * 10)
    timings, _ = asked(
        lambda _: httpx.Response(next(statuses)), lambda client: sample(client, Endpoint(url=URL))
    )
    assert (len(timings.untold), timings.wrong, timings.p95) == (10, [], max(timings.seconds))


def test_a_connection_is_told_open_or_with_the_reason_why_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert asyncio.run(connect(url, 5)).open
    closed = asyncio.run(connect(url, 5))
    assert (closed.open, "127.0.0.1" in closed.why) == (False, True)


def balancer(*statuses: int) -> Callable[[httpx.Request], httpx.Response]:
    """Answers with those statuses in turn, each as a load balancer does."""
    left = iter(statuses)

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(next(left), html="<h1>Bad Gateway</h1>")

    return answer


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSES", (0.0, 0.0))


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(
    ("statuses", "last", "again"),
    [
        ((502, 200), 200, [True, False]),
        ((502, 503, 504, 200), 504, [True, True, False]),
        ((500, 200), 500, [False]),
    ],
)
def test_what_a_gateway_answered_is_asked_for_again_and_twice_at_most(
    statuses: tuple[int, ...], last: int, again: list[bool]
) -> None:
    response, noted = asked(balancer(*statuses), get)
    assert (response.status_code, [one.asked_again for one in noted]) == (last, again)
    assert [one.gateway for one in noted] == [
        one.status != 500 and one.status != 200 for one in noted
    ]


@pytest.mark.usefixtures("no_pauses")
def test_a_request_that_would_do_something_twice_is_not_repeated() -> None:
    response, (exchange,) = asked(balancer(502, 201), lambda client: client.post(URL))
    assert (response.status_code, exchange.gateway, exchange.asked_again) == (502, True, False)
