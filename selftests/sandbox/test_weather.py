"""Weather: each disturbance is there when it is asked for, comes from the seed, and is absent otherwise."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random

import httpx
import pyotp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import sandbox.world
from sandbox.aws.gate import Gate
from sandbox.clock import CLOCK
from sandbox.product.documents import now
from sandbox.servers import applications
from sandbox.weather import SKEW_SECONDS, Weather, lateness
from sandbox.weather.balancer import LOST_SHARE, Balancer, Tally
from sandbox.weather.lateness import LONGEST, latency
from sandbox.weather.page import SLOWEST_TAG
from sandbox.world import World
from selftests.sandbox.backend_house import ADDRESSES, HASTE, POLICY_PDF, QuietAws
from selftests.sandbox.test_backend_process import refused, started

SEED = 20261121


@dataclass
class GatedAws(QuietAws):
    """What the product logs to, with the gate of the true stand-in."""

    gate: Gate = field(default_factory=Gate)


@pytest.fixture(autouse=True)
def right_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Spare each test the seeding of an account, and the next one a wrong clock."""
    monkeypatch.setattr(sandbox.world, "AwsStandIn", GatedAws)
    yield
    CLOCK.skew = timedelta()


def world_in(weather: Weather | None) -> World:
    """A world that is not served, in this weather or in none."""
    world = World(dict(ADDRESSES), "1.2.3", HASTE, 1800.0)
    if weather is not None:
        weather.come_over(world)
    return world


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    """A client that reaches an application without a network."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ADDRESSES["api"])


async def lost_of(draws: Random, requests: int) -> list[int]:
    """Which of so many requests a balancer loses."""
    balancer = Balancer(PlainTextResponse("here"), "api", draws, Tally(lambda _text: None))
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    for _ in range(requests):
        scope = {"type": "http", "method": "POST", "path": "/documents", "headers": []}
        await balancer(scope, receive, send)
    return [number for number, status in enumerate(statuses) if status == 502]


def test_the_balancer_loses_one_request_in_two_hundred_and_the_same_ones_for_a_seed() -> None:
    lost = asyncio.run(lost_of(Random(SEED), 4000))
    assert abs(len(lost) / 4000 - LOST_SHARE) < LOST_SHARE / 2
    assert asyncio.run(lost_of(Random(SEED), lost[2] + 1)) == lost[:3]


def test_a_lost_request_is_answered_as_by_the_balancer_of_aws_and_never_reaches_the_product() -> (
    None
):
    class Unlucky(Random):
        def random(self) -> float:
            return 0.0

    said: list[str] = []
    tally = Tally(said.append)

    async def lose() -> httpx.Response:
        async with client_of(Balancer(Starlette(), "api", Unlucky(), tally)) as client:
            return await client.delete("/api/v1/documents/7")

    answer = asyncio.run(lose())
    assert answer.status_code == 502
    assert (answer.headers["Server"], answer.headers["Content-Type"]) == ("awselb/2.0", "text/html")
    assert answer.text.startswith("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert tally.told() == {"requests": {"api DELETE": 1}, "bad_gateways": {"api DELETE": 1}}
    assert said == ["502 for DELETE /api/v1/documents/7 (api DELETE)"]


def test_latency_is_short_with_a_long_tail() -> None:
    draws = Random(SEED)
    seconds = [latency(draws) for _ in range(4000)]
    assert 0.05 < statistics.median(seconds) < 0.07
    assert 0.01 < sum(one > 1.0 for one in seconds) / 4000 < 0.03
    assert max(seconds) == LONGEST


def test_a_sender_who_leaves_while_waiting_is_still_served() -> None:
    messages: list[Message] = [
        {"type": "http.disconnect"},
        {"type": "http.request", "body": b"all of it", "more_body": False},
    ]
    read: list[bytes] = []

    async def receive() -> Message:
        return messages.pop()

    async def product(scope: Scope, receive: Receive, _send: Send) -> None:
        read.append(await Request(scope, receive).body())

    async def send(_message: Message) -> None:
        raise AssertionError("this product answers nothing")

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(lateness.Held(product, Random(SEED))(scope, receive, send))
    assert read == [b"all of it"]


def test_a_seed_gives_each_origin_its_own_sequence_whatever_the_others_do() -> None:
    one, other = Weather(SEED), Weather(SEED)
    for _ in range(10):
        other.draws("balancer app").random()
    first = [one.draws("balancer api").random() for _ in range(5)]
    assert first == [other.draws("balancer api").random() for _ in range(5)]
    assert first != [Weather(SEED + 1).draws("balancer api").random() for _ in range(5)]
    assert one.skew == other.skew
    assert {Weather(seed).skew.total_seconds() for seed in range(10)} == {
        SKEW_SECONDS,
        -SKEW_SECONDS,
    }


def test_only_weather_stands_before_the_applications_and_never_before_control() -> None:
    def balanced(weather: Weather | None) -> set[str]:
        apps = applications(world_in(weather))
        return {name for name, app in apps.items() if isinstance(app, lateness.Held)}

    assert balanced(None) == set()
    assert balanced(Weather(SEED)) == {"app", "api", "idp", "llm", "search", "integrations"}


@pytest.mark.parametrize("weather", [None, Weather(SEED)], ids=["fair", "rough"])
def test_the_index_lags_only_in_rough_weather(
    monkeypatch: pytest.MonkeyPatch, weather: Weather | None
) -> None:
    monkeypatch.setattr(lateness, "INDEX_LAG", 0.2)

    async def counts() -> tuple[int, int]:
        world = world_in(weather)
        mia = world.people.all()[0]
        world.index.put(world.documents.upload(mia, "a.pdf", POLICY_PDF, "my"))
        gone = world.documents.upload(mia, "b.pdf", POLICY_PDF, "my")
        if weather is not None:
            world.index.put(gone)
            world.documents.erase(gone)
        at_once = world.index.count()
        await asyncio.sleep(0.3)
        return at_once, world.index.count()

    assert asyncio.run(counts()) == ((1, 1) if weather is None else (0, 1))


def test_pages_are_disturbed_only_in_rough_weather() -> None:
    fair, rough = world_in(None), world_in(Weather(SEED))
    assert rough.weather is not None
    assert set(rough.weather.page_config()) == {"weather"}
    for mark, module in (
        ("showNotice", "shell.html"),
        ("rebuildLists", "shell.html"),
        ("/tags/tag.js", "shell.html"),
        ("body.redraw", "pages/documents.js"),
    ):
        assert mark in rough.web.texts[module]
        assert mark not in fair.web.texts[module]


def test_a_wrong_clock_still_takes_a_one_time_code() -> None:
    world = world_in(Weather(SEED))
    mia = world.people.all()[0]
    assert abs(abs(off_by(datetime.fromisoformat(now()))) - SKEW_SECONDS) < 2
    assert world.people.code_holds(mia, pyotp.TOTP(mia.totp_secret).now())


def off_by(told: datetime) -> float:
    """How many seconds a time differs from the present."""
    return (told - datetime.now(UTC)).total_seconds()


def test_the_option_brings_it_and_says_the_seed() -> None:
    with started("--weather", "--weather-seed", str(SEED)) as rough:
        told = rough.announced
        assert told["weather_seed"] == SEED
        began = time.monotonic()
        assert httpx.get(f"{told['integrations']}/tags/tag.js").status_code == 200
        assert time.monotonic() - began > SLOWEST_TAG[0]
        date = httpx.get(f"{told['integrations']}/mailbox/api/v1/info").headers["Date"]
        skew = Weather(SEED).skew.total_seconds()
        assert abs(off_by(parsedate_to_datetime(date)) - skew) < 5
        assert '"weather": ' in httpx.get(told["app"]).text


def test_without_the_option_nothing_is_disturbed() -> None:
    with started() as fair:
        told = fair.announced
        assert told["weather_seed"] is None
        answer = httpx.get(told["app"])
        assert abs(off_by(parsedate_to_datetime(answer.headers["Date"]))) < 5
        assert '"weather": ' not in answer.text
        assert httpx.get(f"{told['integrations']}/tags/tag.js").status_code == 404


def test_a_seed_that_is_no_number_is_refused() -> None:
    assert "invalid int value" in refused("--weather", "--weather-seed", "rain").stderr
