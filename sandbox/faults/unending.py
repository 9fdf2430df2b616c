"""Faults that would hold whoever waits for them: answers without end, and pages that hold themselves or ask."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, ClassVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from sandbox.faults.base import Fault
from sandbox.faults.web_change import Change, WebChangeFault

if TYPE_CHECKING:
    from sandbox.world import World

_MEGABYTE = 1024 * 1024
_STATUS = "/api/v1/status"


async def _drops() -> AsyncIterator[bytes]:
    """A byte each half second, for longer than anybody waits."""
    for _ in range(7200):
        yield b" "
        await asyncio.sleep(0.5)


async def _flood() -> AsyncIterator[bytes]:
    for _ in range(2048):
        yield b" " * _MEGABYTE


def _bomb() -> bytes:
    packing = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    blank = b" " * _MEGABYTE
    return b"".join(packing.compress(blank) for _ in range(512)) + packing.flush()


class HealthDrips(Fault):
    """An answer that begins, goes on, and never ends."""

    id = "health.api-drips"
    title = "The API's health endpoint sends a byte each half second, without end"

    def apply(self, world: World) -> None:
        async def drip(request: Request) -> Response | None:
            if request.url.path != "/health":
                return None
            return StreamingResponse(_drops(), media_type="application/json")

        world.interceptors.add("api", drip)


class StatusFloods(Fault):
    """A download in the place of an answer."""

    id = "health.status-floods"
    title = "The public status is answered with two gigabytes of blanks"

    def apply(self, world: World) -> None:
        async def flood(request: Request) -> Response | None:
            if request.url.path != _STATUS:
                return None
            return StreamingResponse(_flood(), media_type="application/json")

        world.interceptors.add("api", flood)


class StatusBomb(Fault):
    """An answer that is small until it is unpacked."""

    id = "health.status-bomb"
    title = "The public status is answered with half a megabyte that unpacks to half a gigabyte"

    def apply(self, world: World) -> None:
        bomb = _bomb()

        async def explode(request: Request) -> Response | None:
            if request.url.path != _STATUS:
                return None
            headers = {"Content-Encoding": "gzip"}
            return Response(bomb, media_type="application/json", headers=headers)

        world.interceptors.add("api", explode)


class StatusRedirects(Fault):
    """A redirect to itself."""

    id = "health.status-redirects"
    title = "The public status redirects to itself"

    def apply(self, world: World) -> None:
        async def back(request: Request) -> Response | None:
            return RedirectResponse(_STATUS) if request.url.path == _STATUS else None

        world.interceptors.add("api", back)


class PdfNeverEnds(Fault):
    """A download that begins."""

    id = "reports.pdf-never-ends"
    title = "The download of a report's PDF begins and never ends"

    def apply(self, world: World) -> None:
        async def drip(request: Request) -> Response | None:
            if not request.url.path.endswith("/export.pdf"):
                return None
            headers = {"Content-Disposition": 'attachment; filename="report.pdf"'}
            return StreamingResponse(_drops(), media_type="application/pdf", headers=headers)

        world.interceptors.add("api", drip)


class HomeHoldsItself(WebChangeFault):
    """A page that answers nobody any more."""

    id: ClassVar[str] = "web.home-holds-itself"
    title: ClassVar[str] = "A script of the home page goes round in circles for ever"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/home.js",
            "export default function home(view) {\n",
            "export default function home(view) {\n  for (;;);\n",
        ),
    )


class HomeAsks(WebChangeFault):
    """A dialog that waits for somebody."""

    id: ClassVar[str] = "web.home-asks"
    title: ClassVar[str] = (
        "The home page opens dialogs of the browser, and asks whether one may leave it"
    )
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/home.js",
            "export default function home(view) {\n",
            (
                "export default function home(view) {\n"
                '  setTimeout(() => { alert("There is news."); confirm("Read it?"); print(); }, 300);\n'
                '  window.addEventListener("beforeunload", (event) => event.preventDefault());\n'
            ),
        ),
    )
