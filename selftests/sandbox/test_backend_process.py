"""The stand-in as a process: it announces itself, answers everywhere, and ends when told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
ORIGINS = ("control", "app", "api", "idp", "llm", "search", "integrations", "aws")
COMMAND = (sys.executable, "-m", "sandbox")


@dataclass
class Started:
    """A running stand-in and what it announced."""

    process: subprocess.Popen[str]
    announced: dict[str, Any]


@contextmanager
def started(*options: str) -> Iterator[Started]:
    """Start the stand-in, and see to its end."""
    process = subprocess.Popen(
        [*COMMAND, "--until-stdin-closes", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "SANDBOX_FAULTS": ""},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            yield Started(process, json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()


def refused(*options: str) -> subprocess.CompletedProcess[str]:
    """What the command says that does not start."""
    return subprocess.run(
        [*COMMAND, *options], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_every_origin_answers_where_it_was_announced() -> None:
    with started("--version", "1.2.3") as sandbox:
        assert httpx.get(sandbox.announced["control"] + "/").status_code == 204
        told = httpx.get(sandbox.announced["control"] + "/addresses.json").json()
        assert told == sandbox.announced
        assert told["version"] == "1.2.3"
        for origin in ORIGINS:
            assert httpx.get(told[origin] + "/").status_code < 500


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with started() as sandbox:
        sandbox.process.send_signal(number)
        assert sandbox.process.wait(20) == 0


def test_ends_when_stdin_closes() -> None:
    with started() as sandbox:
        assert sandbox.process.stdin is not None
        sandbox.process.stdin.close()
        assert sandbox.process.wait(2) == 0


def test_offline_means_that_every_origin_resets() -> None:
    with started("--fault", "runner.offline") as sandbox:
        for origin in ORIGINS:
            # Where the reset is there before the request is sent, sending has told of it, and reading finds an end.
            with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
                httpx.get(sandbox.announced[origin] + "/")


def test_a_closed_origin_refuses_connections_and_the_others_answer() -> None:
    with started("--fault", "health.llm-refuses-connections") as sandbox:
        with pytest.raises(httpx.ConnectError):
            httpx.get(sandbox.announced["llm"] + "/health")
        assert httpx.get(sandbox.announced["search"] + "/health").status_code == 200


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = refused("--port", port)
    assert answer.returncode == 2
    assert f"Port {port}" in answer.stderr


def test_an_unknown_fault_is_refused() -> None:
    answer = refused("--fault", "search.unavailabel")
    assert answer.returncode == 2
    assert "Did you mean 'search.unavailable'" in answer.stderr


def test_faults_are_listed_by_id_and_title() -> None:
    lines = refused("--list-faults").stdout.splitlines()
    listed = dict(line.split(maxsplit=1) for line in lines)
    assert listed["runner.offline"].startswith("From the announcement on")
