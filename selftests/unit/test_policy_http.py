"""Over httpx: a server that hears everything hears nothing of what the policy refuses."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from postdeploy.check import Answer
from postdeploy.errors import NotSeen
from postdeploy.flow import Flow
from postdeploy.outcome import Outcome
from postdeploy.policy import Permit, Refused
from postdeploy.run import Run
from postdeploy.shared import NotMade, Shared
from postdeploy.target import Environment, Session, Writes
from selftests.unit.recording import Recorder
from selftests.unit.small_runs import make_run

Work = Callable[[Run, Recorder, Recorder], Awaitable[None]]


def scene(folder: Path, work: Work, *, read_only: bool = False) -> tuple[Recorder, Recorder]:
    """The product and a stranger, after `work` was done in a run that knows the product alone."""
    product, stranger = Recorder(), Recorder()

    async def play() -> None:
        async with product, stranger:
            environment = Environment(
                urls={"api": product.url},
                read_only=read_only,
                session=Session(cookie="demo"),
                writes={"thing": Writes(requests=("POST /things", "DELETE /things/{id}"))},
            )
            run = make_run(folder, environment)
            try:
                await work(run, product, stranger)
            finally:
                await run.close()

    asyncio.run(play())
    return product, stranger


def flow_of(run: Run, *kinds: str, record: Callable[[Answer], None] = lambda _: None) -> Flow:
    covers = ("one", "two")
    return run.flow(covers, "check", record, frozenset(kinds), "@pytest.mark.writes of test_x")


def test_a_declared_write_arrives(tmp_path: Path) -> None:
    async def work(run: Run, product: Recorder, _: Recorder) -> None:
        await flow_of(run, "thing").http().post(f"{product.url}/things")

    product, _ = scene(tmp_path, work)
    assert product.heard == ["POST /things"]


@pytest.mark.parametrize(
    ("method", "path", "kinds"),
    [
        ("POST", "/things", ()),
        ("PUT", "/things", ("thing",)),
        ("DELETE", "/things/7/all", ("thing",)),
        ("POST", "/things/../users", ("thing",)),
    ],
)
def test_an_undeclared_write_never_leaves(
    tmp_path: Path, method: str, path: str, kinds: tuple[str, ...]
) -> None:
    async def work(run: Run, product: Recorder, _: Recorder) -> None:
        with pytest.raises(Refused):
            await flow_of(run, *kinds).http().request(method, product.url + path, content=b"x")

    product, _ = scene(tmp_path, work)
    assert product.connections == 0


def test_a_read_only_run_writes_nothing(tmp_path: Path) -> None:
    async def work(run: Run, product: Recorder, _: Recorder) -> None:
        with pytest.raises(Refused, match="read-only"):
            await flow_of(run, "thing").http().post(f"{product.url}/things")

    product, _ = scene(tmp_path, work, read_only=True)
    assert product.connections == 0


def test_a_stranger_hears_nothing_not_even_by_a_redirect(tmp_path: Path) -> None:
    async def work(run: Run, product: Recorder, stranger: Recorder) -> None:
        product.redirects["/away"] = f"{stranger.url}/landed"
        headers = {"Authorization": "Bearer secret"}
        with pytest.raises(Refused, match="declares no 127"):
            await flow_of(run).http().get(stranger.url, headers=headers)
        client = flow_of(run).http(headers=headers)
        with pytest.raises(Refused, match="declares no 127"):
            await client.get(f"{product.url}/away", follow_redirects=True)

    product, stranger = scene(tmp_path, work)
    assert product.heard == ["GET /away"]
    assert stranger.connections == 0


def test_a_write_that_is_led_elsewhere_is_judged_anew(tmp_path: Path) -> None:
    async def work(run: Run, product: Recorder, _: Recorder) -> None:
        product.redirects["/things"] = f"{product.url}/users"
        with pytest.raises(Refused):
            await flow_of(run, "thing").http().post(f"{product.url}/things", follow_redirects=True)

    product, _ = scene(tmp_path, work)
    assert product.heard == ["POST /things"]


def test_the_path_that_is_judged_is_the_one_that_is_sent(tmp_path: Path) -> None:
    async def work(run: Run, product: Recorder, _: Recorder) -> None:
        with pytest.raises(Refused, match="another target"):
            await (
                flow_of(run, "thing")
                .http()
                .post(f"{product.url}/things", extensions={"target": b"/users"})
            )

    product, _ = scene(tmp_path, work)
    assert product.connections == 0


def test_a_session_goes_to_its_own_address_alone(tmp_path: Path) -> None:
    async def work(run: Run, product: Recorder, stranger: Recorder) -> None:
        run.environment.urls["other"] = stranger.url  # declared, and not the session's
        other = make_run(run.folder, run.environment)
        client = other.http_client(product.url, cookies={"demo": "secret"}, permit=Permit())
        await client.get("/mine")
        with pytest.raises(Refused, match="carries a session"):
            await client.get(f"{stranger.url}/theirs")
        await other.close()

    product, stranger = scene(tmp_path, work)
    assert product.headers[0]["cookie"] == "demo=secret"
    assert stranger.connections == 0


def test_nobody_without_a_permit_writes(tmp_path: Path) -> None:
    async def work(run: Run, product: Recorder, _: Recorder) -> None:
        with pytest.raises(Refused):
            await run.http_client().post(f"{product.url}/things")

    assert scene(tmp_path, work)[0].connections == 0


def answers(folder: Path, body: Callable[[Flow, Recorder], Awaitable[None]]) -> dict[str, Answer]:
    """What a check answers in the end, whose body is `body`."""
    given: dict[str, Answer] = {}

    async def work(run: Run, product: Recorder, _: Recorder) -> None:
        flow = flow_of(run, record=lambda answer: given.__setitem__(answer.item, answer))
        await body(flow, product)
        await flow.close()
        flow.check.overturn()

    scene(folder, work)
    return given


async def _swallowed(flow: Flow, product: Recorder) -> None:
    try:
        await flow.http().post(f"{product.url}/things")
    except Exception:
        return


def test_no_item_ends_green_over_a_refusal_that_was_swallowed(tmp_path: Path) -> None:
    async def body(flow: Flow, product: Recorder) -> None:
        async with flow.check.item("one"):
            await _swallowed(flow, product)
        async with flow.check.item("two"):
            assert await flow.http().get(product.url)

    given = answers(tmp_path, body)
    assert given["one"].outcome is Outcome.BLOCKED
    assert "Add 'thing' to @pytest.mark.writes of test_x" in given["one"].note
    assert given["two"].outcome is Outcome.PASSED


def test_what_fails_behind_a_refusal_is_not_the_products(tmp_path: Path) -> None:
    async def body(flow: Flow, product: Recorder) -> None:
        async with flow.check.item("one"):
            await _swallowed(flow, product)
            raise NotSeen("the thing is not there")
        async with flow.check.item("two"):
            raise AssertionError("nor is it here")

    given = answers(tmp_path, body)
    assert {answer.outcome for answer in given.values()} == {Outcome.BLOCKED}
    assert "Seen then: nor is it here" in given["two"].note


def test_a_refusal_behind_the_last_item_takes_its_green_back(tmp_path: Path) -> None:
    async def body(flow: Flow, product: Recorder) -> None:
        for item in ("one", "two"):
            async with flow.check.item(item):
                pass
        await _swallowed(flow, product)

    given = answers(tmp_path, body)
    assert [given[item].outcome for item in ("one", "two")] == [Outcome.PASSED, Outcome.BLOCKED]


def test_a_shared_thing_is_made_by_the_writes_that_it_declares(tmp_path: Path) -> None:
    async def make(flow: Flow) -> str:
        answer = await flow.http().post(flow.url("api", "/things"))
        return str(answer.status_code)

    async def careless(flow: Flow) -> str:
        await _swallowed(flow, product_of[0])
        return "made"

    product_of: list[Recorder] = []

    async def work(run: Run, product: Recorder, _: Recorder) -> None:
        product_of.append(product)
        assert await flow_of(run, "thing").shared(Shared("a thing", make, ("thing",))) == "200"
        with pytest.raises(Refused, match="writes of the kind 'thing'"):
            await flow_of(run).shared(Shared("a thing", make, ("thing",)))
        with pytest.raises(NotMade, match=r"Add 'thing' to writes of the Shared 'another'"):
            await flow_of(run).shared(Shared("another", careless))

    product, _ = scene(tmp_path, work)
    assert product.heard == ["POST /things"]


def test_every_client_of_the_project_is_guarded() -> None:
    """httpx is spoken only where this policy stands in front of it."""
    source = Path(__file__).resolve().parents[2] / "src" / "postdeploy"
    sending = (
        "AsyncHTTPTransport(",
        "HTTPTransport(",
        "httpx.get(",
        "httpx.post(",
        "httpx.Client(",
    )
    made, proxied = set(), set()
    for path in source.rglob("*.py"):
        text, name = path.read_text(), path.relative_to(source).as_posix()
        if any(word in text for word in sending):
            made.add(name)
        if "= ProxiedTransport(" in text:
            proxied.add(name)
            assert "PolicyTransport(" in text, f"{name} sends past the policy"
    # embedded.py asks the announcement of a sandbox for its addresses, before there is a target.
    # The other two speak to the readers of a record that is finished, and never to the product.
    readers = {"telling/posting.py", "github/interface.py"}
    assert made == {"probes/proxy.py", "embedded.py", *readers}
    assert proxied == {"run.py", "trials/network.py", "trials/third_parties.py"}


_SENDERS = ("aiohttp", "boto3", "botocore", "http", "requests", "socket", "urllib3", "websockets")
_HTTPX = ("Client", "AsyncClient", "get", "post", "put", "patch", "delete", "request", "stream")


def _own_ways(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in {f"httpx.{name}" for name in _HTTPX} or called == "async_playwright":
                yield f"{path.name}: {called}"
            continue
        else:
            continue
        for name in names:
            if name.split(".")[0] in _SENDERS or name.startswith("urllib.request"):
                yield f"{path.name}: {name}"


def test_checks_and_fixtures_have_no_way_of_their_own_to_send_anything() -> None:
    root = Path(__file__).resolve().parents[2]
    places = [path for room in ("tests", "fixtures") for path in (root / room).rglob("*.py")]
    assert places
    assert [way for path in places for way in _own_ways(path)] == []
