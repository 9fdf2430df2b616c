"""The embedded deployment is found where it announces itself, or started, and only then stopped."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from postdeploy import embedded
from postdeploy.embedded import Embedded, find_or_start
from postdeploy.errors import ConfigError
from postdeploy.target import Environment

ANNOUNCED = {
    "app": "http://127.0.0.1:1",
    "api": "http://127.0.0.1:2",
    "ca_file": "/tmp/ca.pem",  # noqa: S108 - nobody opens it
    "version": "2026.11.3-4f2a9c1",
    "pid": 7,
    "faults": [],
}
ADDRESSES = {name: ANNOUNCED[name] for name in ("app", "api", "ca_file")}
ENDS_WITH_STDIN = f"import sys; print({json.dumps(ANNOUNCED)!r}, flush=True); sys.stdin.read()"
NOWHERE = "http://127.0.0.1:9/addresses.json"


@pytest.fixture(scope="module")
def announcement() -> Iterator[str]:
    """The address of an announcement; every other path is no announcement."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = {"/addresses.json": ANNOUNCED, "/demo.json": {**ANNOUNCED, "system": "demo"}}
            body = json.dumps(told[self.path]) if self.path in told else "<h1>Hello</h1>"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def environment(discovery: str = NOWHERE, program: str = "") -> Environment:
    return Environment(discovery=discovery, launch=("{python}", "-c", program))


def started(tmp_path: Path, program: str) -> Embedded:
    return find_or_start(environment(program=program), "", tmp_path, tmp_path / "log")


def test_one_that_runs_is_found_and_left_running(announcement: str, tmp_path: Path) -> None:
    url = f"{announcement}/addresses.json"
    found = find_or_start(environment(url, "raise SystemExit"), "", tmp_path, tmp_path / "log")
    assert (found.addresses, found.process) == (ADDRESSES, None)
    found.stop()


@pytest.mark.parametrize(("system", "found"), [("demo", True), ("other", False)])
def test_one_of_another_system_is_left_alone(
    announcement: str, tmp_path: Path, system: str, found: bool
) -> None:
    what = environment(f"{announcement}/demo.json", ENDS_WITH_STDIN)
    deployment = find_or_start(what, "", tmp_path, tmp_path / "log", system)
    deployment.stop()
    assert (deployment.process is None) == found


def test_one_that_is_named_outweighs_the_target_file(announcement: str, tmp_path: Path) -> None:
    named = f"{announcement}/addresses.json"
    found = find_or_start(environment(), named, tmp_path, tmp_path / "log")
    assert found.addresses == ADDRESSES


@pytest.mark.parametrize("path", ["", "/other"])
def test_one_that_is_named_and_does_not_answer_is_told(
    announcement: str, tmp_path: Path, path: str
) -> None:
    named = f"{announcement}{path}" if path else NOWHERE
    with pytest.raises(ConfigError, match="POSTDEPLOY_SANDBOX: no sandbox answers at"):
        find_or_start(environment(), named, tmp_path, tmp_path / "log")


def test_one_that_does_not_run_is_started_and_ends_with_its_stdin(tmp_path: Path) -> None:
    found = started(tmp_path, ENDS_WITH_STDIN)
    assert found.process is not None
    assert (found.addresses, found.process.poll()) == (ADDRESSES, None)
    found.stop()
    assert found.process.returncode == 0


def test_one_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_STOP_SECONDS", 0.1)
    found = started(tmp_path, f"{ENDS_WITH_STDIN}; import time; time.sleep(60)")
    found.stop()
    assert found.process is not None
    assert found.process.returncode == -9


def test_one_that_does_not_start_is_told_with_its_last_word(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did not start: the port is taken") as told:
        started(tmp_path, "import sys; sys.exit('starting\\nthe port is taken')")
    assert f"Its log is {tmp_path / 'log'}" in str(told.value)


def test_one_that_says_nothing_in_time_is_told_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_START_SECONDS", 0.1)
    with pytest.raises(ConfigError, match="did not start: it said nothing"):
        started(tmp_path, "import time; time.sleep(60)")


def test_one_that_announces_nonsense_did_not_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did not start: Serving on port 8700"):
        started(tmp_path, "print('Serving on port 8700', flush=True); input()")
