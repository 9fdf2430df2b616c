"""The sandbox's receivers on a port of their own, some of them in trouble, and what they saw when a message came."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.integrations import Integrations
from sandbox.pace import Pace

SLACK_TOKEN = "xoxb-sandbox-0000-token"
PAGERDUTY_KEY = "5a9db0c5a9db0c5a9db0c5a9db0c5a9d"
WEBHOOK_SECRET = "whsec_YSBrZXkgdGhhdCBib3RoIHNpZGVzIGhhdmUu"
HOOK_PATH = "/webhook/4f1c0a77b2d94e05"
_ANSWERS: dict[str, Callable[[], Response]] = {
    "500": lambda: PlainTextResponse("oh", status_code=500),
    "busy": lambda: PlainTextResponse("", status_code=429, headers={"Retry-After": "1"}),
    "long busy": lambda: PlainTextResponse("", status_code=429, headers={"Retry-After": "60"}),
    "elsewhere": lambda: RedirectResponse("/elsewhere", status_code=307),
    "page": lambda: PlainTextResponse("<!doctype html><title>Proxy</title>"),
}


class World:
    pace = Pace("test", (0.0, 0.0), 0.0, (0.0, 0.0), 0.0, 0.0)


class Receivers:
    """Slack, PagerDuty and a webhook; `trouble` says by the first part of a path what is wrong with which.

    "silent" takes a request and never answers, "drop" ends the connection, "drip" never ends its answer; an entry
    "500 once" is wrong only the first time.
    """

    def __init__(self) -> None:
        self.integrations = Integrations(World())
        self.trouble: dict[str, str] = {}
        self.paths: list[str] = []
        """Of every request that has arrived."""
        self.look: Callable[[], Any] = lambda: None
        """What is looked at when one arrives."""
        self.seen: list[Any] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._serve,
                interface="asgi3",
                log_level="critical",
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def stop(self) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()

    def forget(self) -> None:
        """Mend everything, and forget what was heard."""
        services = self.integrations
        services.pagerduty.open.clear()
        self.trouble.clear()
        for heard in (
            *(services.slack_api.messages, services.slack.posts, services.pagerduty.events),
            *(services.webhook.documents, self.paths, self.seen),
        ):
            heard.clear()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.paths.append(scope["path"])
        self.seen.append(self.look())
        name = scope["path"].split("/")[1]
        kind, once, _ = self.trouble.get(name, "").partition(" once")
        if once:
            del self.trouble[name]
        if kind == "silent":
            await asyncio.sleep(30)
        elif kind == "drop":
            await _break_off(send)
        elif kind == "drip":
            await _drip(send)
        elif kind in _ANSWERS:
            await _ANSWERS[kind]()(scope, receive, send)
        else:
            await self.integrations.app(scope, receive, send)

    @property
    def channels(self) -> list[str]:
        """The channel of every message, in order."""
        return [one["channel"] for one in self.messages]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [*self.integrations.slack_api.messages, *self.integrations.slack.posts]

    @property
    def events(self) -> list[str]:
        """What PagerDuty was told to do."""
        return [one["event_action"] for one in self.integrations.pagerduty.events]

    def tables(self, seconds: float = 5) -> str:
        """The target file's tables by which a run tells them."""
        return (
            f"[defaults.telling]\nseconds = {seconds}\nwebhook = {{}}\n"
            f'slack = {{ url = "{self.url}/slack/api" }}\n'
            f'pagerduty = {{ url = "{self.url}/pagerduty" }}\n'
        )

    def secrets(self) -> dict[str, str]:
        """Those secrets, by the end of their variables' names."""
        return {
            "TELL_SLACK_TOKEN": SLACK_TOKEN,
            "TELL_PAGERDUTY_KEY": PAGERDUTY_KEY,
            "TELL_WEBHOOK_URL": self.url + HOOK_PATH,
            "TELL_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }


async def _break_off(send: Send) -> None:
    headers = [(b"content-length", b"100")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"o"})


async def _drip(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(300):
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.sleep(0.1)


@contextmanager
def receivers() -> Iterator[Receivers]:
    """Receivers, for as long as they are needed."""
    served = Receivers()
    try:
        yield served
    finally:
        served.stop()
