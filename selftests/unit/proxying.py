"""A proxy on loopback, which passes on what it is asked for, or does what a test wants of it instead."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Iterator

from selftests.unit.raw_server import RawServer

LOGIN = ("runner", "p@ss-word")


class Proxy(RawServer):
    """`mood`: "passes", "login" (wants one), "refuses" (reaches no host), "silent"; `asked` is what it was asked."""

    def __init__(self, mood: str, destination: str) -> None:
        self.mood = mood
        self.asked: list[str] = []
        host, _, port = destination.partition("//")[2].rstrip("/").partition(":")
        self._destination = (host, int(port))
        super().__init__()

    @property
    def url_with_login(self) -> str:
        return self.url.replace("//", f"//{LOGIN[0]}:{LOGIN[1].replace('@', '%40')}@")

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while not self.over.is_set():
                head = _head(connection)
                if not head:
                    return
                self.asked.append(head.splitlines()[0])
                self._answer(connection, head)

    def _answer(self, connection: socket.socket, head: str) -> None:
        if self.mood == "silent":
            self.over.wait(30)
        elif self.mood == "login" and _login() not in head:
            _say(connection, "407 Proxy Authentication Required", "Proxy-Authenticate: Basic")
        elif self.mood == "refuses":
            _say(connection, "502 Bad Gateway")
        elif head.startswith("CONNECT"):
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._pass_on(connection, b"")
        else:
            self._pass_on(connection, head.encode())

    def _pass_on(self, connection: socket.socket, first: bytes) -> None:
        with socket.create_connection(self._destination) as there:
            there.sendall(first)
            back = threading.Thread(target=_pump, args=(there, connection), daemon=True)
            back.start()
            _pump(connection, there)


def _login() -> str:
    return "Basic " + base64.b64encode(":".join(LOGIN).encode()).decode()


def _head(connection: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(1)
        if not part:
            return ""
        head += part
    return head.decode()


def _say(connection: socket.socket, status: str, *headers: str) -> None:
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", "Content-Length: 0", *headers]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())


def _pump(there: socket.socket, back: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := there.recv(65536):
            back.sendall(part)
        back.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def proxy(mood: str, destination: str) -> Iterator[Proxy]:
    """The proxy, for as long as the block lasts."""
    made = Proxy(mood, destination)
    try:
        yield made
    finally:
        made.stop()
