"""A call that nobody can cancel keeps neither a check, nor the run, nor the process from ending."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from postdeploy.addresses import unknown_hosts
from postdeploy.budget import Budget
from postdeploy.errors import ProbeError
from postdeploy.probes import names
from postdeploy.probes.aws.identity import observe_identity
from postdeploy.probes.names import Name, look_up
from postdeploy.target import Aws, Bounds, Environment, Target
from postdeploy.threads import ChecksLoop, DaemonThreads
from selftests.unit.hostile import hostile
from selftests.unit.small_runs import make_run

_HANGING = """
import asyncio, socket, sys, time
from postdeploy.threads import ChecksLoop, DaemonThreads
socket.getaddrinfo = lambda *_, **__: time.sleep(60)
async def scene():
    loop = asyncio.get_running_loop()
    for call in (loop.run_in_executor(DaemonThreads(2, "x"), time.sleep, 60), loop.getaddrinfo("a.test", 1)):
        try:
            await asyncio.wait_for(call, 0.2)
        except TimeoutError:
            print("given up", flush=True)
loop = ChecksLoop()
loop.run_until_complete(scene())
sys.exit(30)
"""


def test_the_process_ends_while_calls_hang_in_its_threads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _HANGING], capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stdout) == (30, "given up\ngiven up\n"), done.stderr


def test_threads_do_their_work_and_hand_over_what_it_raises() -> None:
    threads = DaemonThreads(2, "x")
    assert sorted(threads.map(abs, (-1, -2, -3, -4))) == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="invalid literal"):
        threads.submit(int, "x").result()
    threads.shutdown()


def test_there_are_no_more_threads_than_may_be() -> None:
    threads, gate = DaemonThreads(3, "only"), threading.Event()
    futures = [threads.submit(gate.wait, 10) for _ in range(10)]
    assert sum(one.name.startswith("only-") for one in threading.enumerate()) == 3
    gate.set()
    assert all(future.result() for future in futures)
    threads.shutdown()


def test_what_waits_for_a_thread_is_not_begun_any_more_after_the_end() -> None:
    threads, gate = DaemonThreads(1, "x"), threading.Event()
    first, second = threads.submit(gate.wait, 10), threads.submit(gate.wait, 10)
    threads.shutdown()
    gate.set()
    assert first.result()
    assert not second.running()


@pytest.fixture
def hanging_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: over.wait(3))
    monkeypatch.setattr(names, "SECONDS", 0.3)
    monkeypatch.setattr("postdeploy.addresses.SECONDS", 0.3)


@pytest.mark.usefixtures("hanging_resolver")
def test_a_resolver_that_hangs_says_nothing_of_a_name(timed: Callable[[], float]) -> None:
    urls = {"app": "https://app.test", "api": "https://api.test"}
    target = Target(
        system="demo", title="Demo", name="qa", file="x", environment=Environment(urls=urls)
    )
    assert unknown_hosts(target) == []
    with asyncio.Runner(loop_factory=ChecksLoop) as runner:
        assert runner.run(_looked_up()) is Name.UNANSWERED
    assert timed() < 2.5


async def _looked_up() -> Name:
    return await look_up("app.test")


@pytest.fixture
def timed() -> Callable[[], float]:
    """Seconds since the test began."""
    began = time.monotonic()
    return lambda: time.monotonic() - began


def test_an_aws_that_takes_the_question_and_never_answers_is_not_waited_for(
    tmp_path: Path, timed: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with hostile() as server:
        aws = Aws(account="1" * 12, region="us-east-2", endpoint_url=f"{server.url}/")
        bounds = Bounds(aws_seconds=1, check_seconds=10)

        async def scene() -> None:
            run = make_run(tmp_path, Environment(aws=aws, bounds=bounds))
            flow = run.maker("looks")
            with pytest.raises(ProbeError, match="AWS did not answer observe_identity within 1 s"):
                await flow.observe(observe_identity)
            await run.close()

        asyncio.run(scene())
    assert timed() < 6


@pytest.mark.parametrize(
    ("seconds", "told", "reserve"),
    [(600, "10m", 60), (90, "90s", 9), (20, "20s", 5), (4, "4s", 2), (7200, "2h", 60)],
)
def test_a_budget_keeps_a_part_of_itself_for_the_end(
    seconds: float, told: str, reserve: float
) -> None:
    budget = Budget(seconds, time.time() + seconds)
    assert (budget.told(), budget.reserve) == (told, reserve)
    left = budget.for_checks()
    assert left is not None
    assert abs(left - (seconds - reserve)) < 1
    assert budget.for_closing(60) == pytest.approx(min(60, seconds), abs=1)
    assert Budget().for_checks() is None
    assert Budget().for_closing(60) == 60
