"""Serves moto over HTTP from a thread of this process, on the loopback interface only."""

import logging
import threading

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

_HOST = "127.0.0.1"


class _QuietHandler(MotoRequestHandler):
    # The answer leaves in several small writes, which Nagle's algorithm would hold back.
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: a line for each call would hide what matters."""


class MotoServer:
    """A running moto; stop it before the process ends."""

    def __init__(self) -> None:
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self, port: int) -> int:
        """Listen on the port (0 = any free one) and return the one that it is."""
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(_HOST, port, app, threaded=True, request_handler=_QuietHandler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )
        self._thread.start()
        return int(self._server.server_port)

    def stop(self) -> None:
        """Close the port; does nothing when it is not open."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None
