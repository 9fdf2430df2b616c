"""HTTP without a network: clients whose answers a test makes up, and a server of one connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import httpx

from postdeploy.probes.http import Exchange, ObservingTransport

Answer = Callable[[httpx.Request], httpx.Response]


def client_for(
    answer: Answer, note: Callable[[Exchange], None] = lambda _: None
) -> httpx.AsyncClient:
    """A client as checks have it, whose requests `answer` answers."""
    transport = ObservingTransport(httpx.MockTransport(answer), note)
    return httpx.AsyncClient(transport=transport)


def serving(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that lets `talk` answer one connection; ends when asked once more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def work() -> None:
            connection, _ = server.accept()
            with connection:
                talk(connection)

        thread = threading.Thread(target=work)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join()
