"""A server of event streams on this machine: one talks, one is silent, one ends, one does not even answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from selftests.patient_server import PatientServer

_BEAT_SECONDS = 0.05
_LONGEST_SECONDS = 10


class Streaming(PatientServer):
    """Lets in who carries the token `right`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.over = threading.Event()
        self.left = threading.Event()
        """The listener of the stream that talks has hung up."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Streaming

    def do_GET(self) -> None:
        if self.path == "/mute":
            self.server.over.wait(_LONGEST_SECONDS)
            return
        if self.headers.get("Authorization") != "Bearer right":
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        if self.path == "/talks":
            self._talk()
        elif self.path == "/silent":
            self.server.over.wait(_LONGEST_SECONDS)

    def _talk(self) -> None:
        beat = b": connected\n\n"
        while not self.server.over.wait(_BEAT_SECONDS):
            try:
                self.wfile.write(beat)
            except OSError:
                self.server.left.set()
                return

    def log_message(self, *args: object) -> None:
        """Nothing: the tests say what happened."""


@contextmanager
def streaming() -> Iterator[Streaming]:
    """The server, until the block ends."""
    server = Streaming()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
