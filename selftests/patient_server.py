"""The standard library's server, with room for a run that connects to it many times at once."""

from __future__ import annotations

from http.server import ThreadingHTTPServer


class PatientServer(ThreadingHTTPServer):
    """The library lets five wait to be accepted, and on a busy machine resets who comes sixth."""

    daemon_threads = True
    request_queue_size = 128
