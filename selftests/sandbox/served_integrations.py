"""Integrations on a port of their own, and what the product does with them."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import sentry_sdk
import uvicorn

from sandbox.integrations import Integrations
from sandbox.pace import Pace

POSTMARK = {"X-Postmark-Server-Token": "postmark-sandbox-token"}
SENTRY = {"Authorization": "Bearer sentry-sandbox-token"}
FULLSTORY = {"Authorization": "Basic fullstory-sandbox-key"}
LAG = 0.4
EVENTS = "/sentry/api/0/projects/qumis/qumis-api/events/"


class World:
    pace = Pace("test", (0.0, 0.0), LAG, (0.0, 0.0), 0.0, 0.0)


class Served:
    """Integrations on a port of their own."""

    def __init__(self) -> None:
        self.integrations = Integrations(World())
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(self.integrations.app, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.http = httpx.Client(base_url=self.url)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def stop(self) -> None:
        self.http.close()
        self._server.should_exit = True
        self._thread.join()

    def mail(self) -> str:
        return self.integrations.postmark.send(
            "Qumis <reports@qumis.example>",
            "tom.teammate@harbor.example",
            'Mia Member shared "Policy Analysis" with you',
            '<a href="http://127.0.0.1:1/reports/7">Policy Analysis</a>',
            "http://127.0.0.1:1/reports/7",
        )

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self.http.get(path, headers=headers, params=query).json()

    def mailbox(self) -> list[dict[str, Any]]:
        found = self.get("/mailbox/api/v1/search", query="to:tom.teammate@harbor.example")
        messages: list[dict[str, Any]] = found["messages"]
        return messages


def eventually(look: Callable[[], Any], seconds: float = 3.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return seen


def event_types(served: Served, message: str) -> list[str]:
    details = served.get(f"/postmark/messages/outbound/{message}/details", POSTMARK)
    return [event["Type"] for event in details["MessageEvents"]]


def report_an_error(served: Served) -> None:
    client = sentry_sdk.Client(
        dsn=served.url.replace("http://", "http://sandbox@") + "/sentry/1",
        release="2026.11.3-4f2a9c1",
        environment="sandbox",
        auto_enabling_integrations=False,
        default_integrations=False,
    )
    with sentry_sdk.new_scope() as scope:
        scope.set_client(client)
        scope.set_user({"email": "mia.member@harbor.example"})
        scope.set_tag("correlation_id", "run-1")
        scope.set_context("organisation", {"name": "Harbor Brokerage"})
        scope.capture_exception(ValueError("unknown type"))
    client.close(timeout=5)


def post_bundle(served: Served) -> None:
    event = {
        "type": "click",
        "time": "2026-11-21T10:00:00.000Z",
        "url": "http://127.0.0.1:1/chat?a=b",
        "properties": {"text": "Send"},
    }
    bundle = {"session": "77", "email": "mia.member@harbor.example", "events": [event]}
    assert served.http.post("/fullstory/rec/bundle", json=bundle).status_code == 200
