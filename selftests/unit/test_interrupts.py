"""The first signal ends a run; while it ends, further ones do not, but for one that is meant."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from postdeploy.interrupts import Interrupts


class Clock:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("postdeploy.interrupts.time.monotonic", clock)
    return clock


@pytest.fixture
def made() -> Iterator[Callable[..., Interrupts]]:
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    all_made: list[Interrupts] = []

    def make(hurry: Callable[[], None] = lambda: None, *, controls: bool = True) -> Interrupts:
        one = Interrupts(hurry, controls=controls)
        one.install()
        all_made.append(one)
        return one

    yield make
    for one in all_made:
        one.remove()
    assert {n: signal.getsignal(n) for n in before} == before


def send(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_interrupts(
    number: int, made: Callable[..., Interrupts], clock: Clock
) -> None:
    made()
    with pytest.raises(KeyboardInterrupt):
        send(number)
    clock.now += 1
    with pytest.raises(KeyboardInterrupt):  # the first one may have been lost on the way
        send(number)


def test_an_echo_of_a_signal_is_none(made: Callable[..., Interrupts], clock: Clock) -> None:
    made()
    with pytest.raises(KeyboardInterrupt):
        send()
    clock.now += 0.1
    send()
    send(signal.SIGTERM)


def test_while_the_run_ends_the_second_one_is_told_and_the_third_hurries(
    made: Callable[..., Interrupts], clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    hurried: list[str] = []
    one = made(lambda: hurried.append("now"))
    one.ending = True
    send()
    assert "once more leaves it behind" in capsys.readouterr().err
    assert hurried == []
    clock.now += 1
    send()
    assert (hurried, capsys.readouterr().err) == (["now"], "")


@pytest.mark.parametrize(("controls", "deaf"), [(True, True), (False, False)])
def test_a_run_in_the_background_stays_deaf_to_ctrl_c_and_its_workers_do_not(
    controls: bool, deaf: bool, made: Callable[..., Interrupts]
) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        one = made(controls=controls)
        assert (signal.getsignal(signal.SIGINT) is signal.SIG_IGN) is deaf
        one.remove()
    finally:
        signal.signal(signal.SIGINT, before)


def test_nohup_is_respected(made: Callable[..., Interrupts]) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        made()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
