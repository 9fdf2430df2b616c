"""A clinic's API on this machine, right in everything but what a test has it get wrong."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from selftests.patient_server import PatientServer

ORIGIN = "https://app.clinic.example"
TENANT = "ours"
TOKEN = "right-token"
HEADERS = {"X-Frame-Options": "DENY", "Strict-Transport-Security": "max-age=31536000"}


class Clinic(PatientServer):
    """`wrong` names what it gets wrong."""

    def __init__(self, wrong: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wrong = wrong
        self.over = threading.Event()
        self.turns = itertools.count()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Clinic

    def do_OPTIONS(self) -> None:
        status = 405 if self.server.wrong == "no preflight" else 204
        allowed = "X-Other" if self.server.wrong == "header not allowed" else "X-Tenant-Id"
        self._answer(status, {"Access-Control-Allow-Headers": allowed, **self._origin()})

    def do_GET(self) -> None:
        match self.path:
            case "/moved":
                self._moved()
            case "/headers":
                self._headers()
            case "/records" | "/visits":
                self._answer(self._records(), self._origin(in_get=True))
            case "/stream":
                self._stream()
            case _:
                self._answer(404)

    def _moved(self) -> None:
        if self.server.wrong == "no redirect":
            self._answer(200)
        else:
            elsewhere = "/elsewhere" if self.server.wrong == "redirect elsewhere" else "/headers"
            self._answer(301, {"Location": f"{self.server.url}{elsewhere}"})

    def _headers(self) -> None:
        short = {"Strict-Transport-Security": "max-age=1"} if self._is("short hsts") else {}
        told = {} if self._is("no headers") else HEADERS | short
        self._answer(200, told)

    def _is(self, wrong: str) -> bool:
        return self.server.wrong == wrong

    def _records(self) -> int:
        if self._is("refuses everybody"):
            return 403
        if self._is("breaks on strangers") and not self._has_token():
            return 500
        if not self._has_token() and not self._is("open without token"):
            return 401
        tenant = self.headers.get("X-Tenant-Id")
        if tenant != TENANT and not self._is_careless():
            return 403 if tenant else 400
        return 200

    def _is_careless(self) -> bool:
        elsewhere = self._is("open elsewhere") and self.path == "/visits"
        at_times = self._is("open at times") and next(self.server.turns) % 2 == 0
        return self._is("open to other tenants") or elsewhere or at_times

    def _has_token(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _origin(self, *, in_get: bool = False) -> dict[str, str]:
        origin = self.headers.get("Origin", "")
        let_in = {
            "any origin": "*",
            "echoes strangers": origin,
            "lets null in": origin if origin in ("null", ORIGIN) else "",
            "compares beginnings": origin if origin.startswith(ORIGIN) else "",
            "compares endings": origin if origin.endswith("app.clinic.example") else "",
            "forgets encryption": origin if origin.endswith("//app.clinic.example") else "",
            "lets nobody in": "",
            "names one origin": ORIGIN,
        }.get(self.server.wrong, origin if origin == ORIGIN else "")
        if self._is("silent in answers") and in_get:
            let_in = ""
        return {"Access-Control-Allow-Origin": let_in} if let_in else {}

    def _stream(self) -> None:
        if not self._has_token() and not self._lets_listen():
            self._answer(401)
            return
        kind = "text/html" if self._is("stream of html") else "text/event-stream"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        if self._is("stream ends"):
            return
        if self._is("silent stream"):
            self.server.over.wait(10)
            return
        said = {
            "stream of no events": b'{"error":"redis is gone"}',
            "stream of errors": b"event: error\ndata: redis is gone\n\n",
        }
        self.wfile.write(said.get(self.server.wrong, b": connected\n\n"))
        self.wfile.flush()
        if not self._is("stream breaks off"):
            self.server.over.wait(2)

    def _lets_listen(self) -> bool:
        anybody = "Authorization" in self.headers and self._is("stream for any token")
        return anybody or self._is("open stream")

    def _answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        body = json.dumps({"status": status}).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing: the tests say what happened."""


@contextmanager
def clinic(wrong: str = "") -> Iterator[Clinic]:
    """The server, until the block ends."""
    server = Clinic(wrong)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
