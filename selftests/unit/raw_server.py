"""A server on loopback that hands each connection, as it is, to a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import threading


class RawServer:
    """Takes every connection until `stop`; whoever derives from it says in `_talk` what is done with one."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more connections; those that wait for `over` end."""
        self.over.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _serve(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        raise NotImplementedError
