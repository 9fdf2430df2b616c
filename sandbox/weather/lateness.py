"""What comes late: every answer by a little or by much, and the search index by ten seconds."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request

from sandbox.faults.base import wrap

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.product.documents import Document
    from sandbox.world import World

MEDIAN = 0.06
SPREAD = 1.37
"""Of the logarithm: two answers in a hundred take longer than a second."""
LONGEST = 2.0
STATIC_SHARE = 0.25
"""A static file needs no application behind the balancer."""
INDEX_LAG = 10.0


def latency(draws: Random) -> float:
    """How many seconds the next answer is held back: mostly few, never more than `LONGEST`."""
    return min(LONGEST, draws.lognormvariate(math.log(MEDIAN), SPREAD))


@dataclass
class Held:
    """Holds requests back on their way to an application, and its answers on their way back."""

    app: ASGIApp
    draws: Random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, some time later."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        arrived = await taken_in(scope, receive)
        if arrived is None:
            return
        held, there = latency(self.draws), self.draws.random()
        held *= STATIC_SHARE if is_static(scope["path"]) else 1.0

        async def send_late(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(held * (1 - there))
            await send(message)

        # In two parts, so that what an answer says may be out of date when it arrives.
        await asyncio.sleep(held * there)
        await self.app(scope, arrived, send_late)


async def taken_in(scope: Scope, receive: Receive) -> Receive | None:
    """The whole of a request, to be read again; None if its sender left while sending it.

    A sender who leaves later is still served: the product has no part in that, and must not stumble over it.
    """
    try:
        body = await Request(scope, receive).body()
    except ClientDisconnect:
        return None
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


def is_static(path: str) -> bool:
    """Whether a path is that of a file of the web application."""
    return path.startswith(("/assets/", "/favicon"))


def delay_index(world: World) -> None:
    """Let documents be Ready as usual, and found `INDEX_LAG` seconds after they were read."""

    def put_late(put: Callable[[Document], None], document: Document) -> None:
        def enter() -> None:
            if world.documents.find(document.id) is not None:
                put(document)

        wait = max(0.0, INDEX_LAG - world.pace.index_lag)
        asyncio.get_running_loop().call_later(wait, enter)

    wrap(world.index, "put", put_late)
