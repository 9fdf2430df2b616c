"""Sessions for tests of the AWS probes: in front of moto, of stubs, of nothing, or of something else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from botocore.stub import Stubber

from postdeploy.probes.aws.session import AwsSession, open_session
from postdeploy.target import Aws

ACCOUNT = "123456789012"
REGION = "us-east-2"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def session(endpoint_url: str | None = None, **more: Any) -> AwsSession:
    """A session with keys, for the account that moto has."""
    aws = Aws(account=ACCOUNT, region=REGION, endpoint_url=endpoint_url, **more)
    return open_session(aws, access_key="test", secret_key="test", user_agent="selftest/1")


@contextmanager
def stubbed(service: str, region: str | None = None) -> Iterator[tuple[AwsSession, Stubber]]:
    """A session whose client of `service` answers what the test puts into the stub, in that order."""
    opened = session()
    identity = Stubber(opened.client("sts"))
    answer = {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/test", "UserId": "AIDA"}
    identity.add_response("get_caller_identity", answer)
    with identity, Stubber(opened.client(service, region)) as stub:
        yield opened, stub


def closed_port() -> str:
    """The address of a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def silence() -> Iterator[str]:
    """The address of a server that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


class _Proxy(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Answer as a captive portal does."""
        body = b"<html><body>Please accept our terms</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def captive_portal() -> Iterator[str]:
    """A server that answers 200 and a page of its own to everything."""
    server = HTTPServer(("127.0.0.1", 0), _Proxy)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
