"""Browsers that somebody else has started, as real processes on loopback: a Playwright server, and one over CDP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit

from playwright._impl._driver import compute_driver_executable, get_driver_env

from postdeploy.browser_endpoint import BrowserEndpoint, read_endpoint
from postdeploy.launching import find_browser
from postdeploy.policy.connected import NO_DATAGRAMS

ROOT = Path(__file__).resolve().parents[2]
_ALWAYS = ("--no-sandbox", "--disable-gpu", "--in-process-gpu")


def endpoint(address: str) -> BrowserEndpoint:
    """What a variable with that address stands for."""
    found = read_endpoint("", address)
    assert found is not None
    return found


@contextlib.contextmanager
def playwright_server(*arguments: str) -> Iterator[str]:
    """A Playwright server that starts a browser with these arguments for each connection; its address."""
    found = find_browser(None, ROOT)
    assert found is not None
    command = [*compute_driver_executable(), "run-server", "--host", "127.0.0.1", "--unsafe"]
    with _started([*command, "--port", "0"], get_driver_env(), "stdout") as process:
        assert process.stdout is not None
        address = _first(process.stdout, r"Listening on (ws://\S+)")
        wanted = {"executablePath": found, "args": [*_ALWAYS, *arguments]}
        yield f"{address}?launch-options={quote(json.dumps(wanted))}"


@contextlib.contextmanager
def debugged_browser(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A Chromium that listens for its DevTools protocol: its address, and its process."""
    found = find_browser(None, ROOT)
    assert found is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [found, "--headless", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
        command += [*_ALWAYS, *arguments]
        with _started(command, dict(os.environ), "stderr") as process:
            assert process.stderr is not None
            host = _first(process.stderr, r"DevTools listening on ws://([^/]+)/")
            yield f"http://{host}", process


@contextlib.contextmanager
def _started(
    command: list[str], environment: dict[str, str], heard: str
) -> Iterator[subprocess.Popen[str]]:
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, heard: subprocess.PIPE}
    process = subprocess.Popen(
        command,
        text=True,
        env=environment,
        stdout=silent["stdout"],
        stderr=silent["stderr"],
        start_new_session=True,  # Debian's browser is a script that waits for another process
    )
    try:
        yield process
    finally:
        _end(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        _end(process.pid, signal.SIGKILL)
        process.wait()
        for stream in filter(None, (process.stdout, process.stderr)):
            stream.close()


def _end(group: int, by: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, by)


class Relay:
    """Stands between a browser and who uses it, and can fall silent, or hang up."""

    def __init__(self, address: str) -> None:
        self._to = urlsplit(address)
        self.silent = False
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> str:
        """Listen; the address to use instead."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"{self._to.scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        """Hang up, and take no more."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, there = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._writers += [writer, there]
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pour(reader, there), self._pour(answers, writer))

    async def _pour(self, source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
        while chunk := await source.read(65536):
            if not self.silent:
                into.write(chunk)
        into.close()


def _first(stream: IO[str], pattern: str) -> str:
    for line in stream:
        if found := re.search(pattern, line):
            return found[1]
    raise AssertionError("it has ended before it listened")


__all__ = ["NO_DATAGRAMS", "Relay", "debugged_browser", "endpoint", "playwright_server"]
