"""A server on loopback that answers as no right one does, by the path that is asked for."""

from __future__ import annotations

import contextlib
import functools
import gzip
import socket
import zlib
from collections.abc import Iterator

from selftests.unit.raw_server import RawServer

_LINGER = 30.0
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_MEGABYTE = 1024 * 1024
_GZIP, _RAW = zlib.MAX_WBITS | 16, -zlib.MAX_WBITS


class Hostile(RawServer):
    """Takes every connection and ends with `over`; `sent` counts the bytes of its bodies."""

    def __init__(self) -> None:
        self.sent = 0
        for window in (_GZIP, _RAW):
            _bomb(window)  # now, and not while somebody waits for it
        super().__init__()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            asked = connection.recv(65536)
            path = "silent"
            if asked.startswith(b"GET "):
                path = asked.split(b" ")[1].decode().strip("/").rpartition("/")[2]
            getattr(self, f"_{path.replace('-', '_').partition('?')[0]}")(connection)

    def _page(self, connection: socket.socket, body: bytes, more: bytes = b"") -> None:
        connection.sendall(_HEAD + more + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def _silent(self, _: socket.socket) -> None:
        self.over.wait(_LINGER)

    def _drip(self, connection: socket.socket, head: bytes = _CHUNKED, part: bytes = b"") -> None:
        connection.sendall(head)
        while not self.over.wait(0.05):
            connection.sendall(part or b"1\r\nx\r\n")

    def _drip_headers(self, connection: socket.socket) -> None:
        self._drip(connection, b"HTTP/1.1 200 OK\r\n", b"X-One: 1\r\n")

    def _drip_status(self, connection: socket.socket) -> None:
        self._drip(connection, b"HTTP/1.1 200 O", b"K")

    def _informational(self, connection: socket.socket) -> None:
        self._drip(
            connection, b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n"
        )

    def _endless_headers(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not self.over.is_set():
            connection.sendall(b"X-One: " + b"1" * 1000 + b"\r\n")

    def _endless_trailers(self, connection: socket.socket) -> None:
        connection.sendall(_CHUNKED + b"1\r\nx\r\n0\r\n")
        while not self.over.is_set():
            connection.sendall(b"X-One: " + b"1" * 1000 + b"\r\n")

    def _huge(self, connection: socket.socket) -> None:
        connection.sendall(_HEAD + b"Content-Length: %d\r\n\r\n" % (2048 * _MEGABYTE))
        for _ in range(2048):
            connection.sendall(b"x" * _MEGABYTE)
            self.sent += _MEGABYTE

    def _bomb(self, connection: socket.socket) -> None:
        self._page(connection, _bomb(_GZIP), b"Content-Encoding: gzip\r\n")

    def _deflate_bomb(self, connection: socket.socket) -> None:
        self._page(connection, _bomb(_RAW), b"Content-Encoding: deflate\r\n")

    def _bomb_in_a_bomb(self, connection: socket.socket) -> None:
        packed = gzip.compress(_bomb(_GZIP))
        self._page(connection, packed, b"Content-Encoding: gzip, gzip\r\n")

    def _not_gzip(self, connection: socket.socket) -> None:
        self._page(connection, b"plain text", b"Content-Encoding: gzip\r\n")

    def _packed(self, connection: socket.socket) -> None:
        self._page(connection, gzip.compress(b"all is well"), b"Content-Encoding: gzip\r\n")

    def _redirect(self, connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 302 Found\r\nLocation: /redirect\r\nContent-Length: 0\r\n\r\n"
        )

    def _events(self, connection: socket.socket) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        self._drip(connection, head, b"data: 1\n\n")

    def _download(self, connection: socket.socket) -> None:
        head = b"Content-Disposition: attachment; filename=a.bin\r\nContent-Length: 9999\r\n\r\n"
        self._drip(connection, _HEAD + head, b"x")

    def _unsettled(self, connection: socket.socket) -> None:
        self._page(connection, b"<h1>Nearly</h1><img src=/silent><script src=/silent></script>")

    def _spinning(self, connection: socket.socket) -> None:
        self._page(connection, b"<h1>Spins</h1><script>setTimeout(()=>{for(;;);}, 50)</script>")

    def _held(self, connection: socket.socket) -> None:
        """Held as one that spins, at no cost to the machine."""
        wait = b"const x = new XMLHttpRequest(); x.open('GET', '/silent', false); x.send()"
        self._page(connection, b"<h1>Held</h1><script>setTimeout(()=>{" + wait + b"}, 50)</script>")

    def _alert(self, connection: socket.socket) -> None:
        script = b"alert('wait'); confirm('?'); prompt('?'); print(); onbeforeunload = () => 'stay'"
        self._page(connection, b"<h1>Asks</h1><script>" + script + b"</script><h2>After</h2>")

    def _listens(self, connection: socket.socket) -> None:
        self._page(connection, b"<h2>Listens</h2><script>new EventSource('/events')</script>")

    def _offers(self, connection: socket.socket) -> None:
        self._page(connection, b"<h1>Offers</h1><a href=/download>Get it</a>")


@functools.cache
def _bomb(window: int) -> bytes:
    packing = zlib.compressobj(1, zlib.DEFLATED, window)
    zeros = b"\0" * _MEGABYTE
    return b"".join(packing.compress(zeros) for _ in range(200)) + packing.flush()


@contextlib.contextmanager
def hostile() -> Iterator[Hostile]:
    """The server, for as long as the block lasts."""
    server = Hostile()
    try:
        yield server
    finally:
        server.stop()
