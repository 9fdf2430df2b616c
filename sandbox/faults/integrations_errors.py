"""Faults of the errors that the API handles, tells, and reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.api.calls import Call
from sandbox.api.documents import report_handled
from sandbox.faults.base import Fault, wrap
from sandbox.product.errors import InvalidError
from sandbox.product.search_index import Hit

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World

Search = Callable[..., list[Hit]]
_TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/srv/qumis/api/search.py", line 88, in search\n'
    "InvalidError: no-such-type"
)


class ErrorUnhandled(Fault):
    """An error path that nobody ever took."""

    id = "integrations.error-unhandled"
    title = "A search with an unknown type ends with 500 and a stack trace"

    def apply(self, world: World) -> None:
        def crash(original: Search, *asked: str | Person) -> list[Hit]:
            try:
                return original(*asked)
            except InvalidError as error:
                raise KeyError("type") from error

        wrap(world.index, "search", crash)


class ErrorSwallowed(Fault):
    """An error that is neither told nor reported."""

    id = "integrations.error-swallowed"
    title = "A search with an unknown type answers 200, with nothing found"

    def apply(self, world: World) -> None:
        def swallow(original: Search, *asked: str | Person) -> list[Hit]:
            try:
                return original(*asked)
            except InvalidError:
                return []

        wrap(world.index, "search", swallow)


class ErrorAsPage(Fault):
    """What a framework shows to its developers."""

    id = "integrations.error-as-page"
    title = (
        "A search with an unknown type is refused, and reported, by an HTML page with a stack trace"
    )

    def apply(self, world: World) -> None:
        page = f"<!doctype html><title>Error</title><pre>{_TRACE}</pre>"
        _refuse_unknown_type(world, HTMLResponse(page, status_code=422))


class ErrorTellsTrace(Fault):
    """The right shape, with what is nobody's business in it."""

    id = "integrations.error-tells-trace"
    title = (
        "A search with an unknown type is refused, and reported, with a stack trace for a message"
    )

    def apply(self, world: World) -> None:
        body = {"error": "invalid", "message": _TRACE}
        _refuse_unknown_type(world, JSONResponse(body, status_code=422))


def _refuse_unknown_type(world: World, answer: Response) -> None:
    """Handle and report the error as usual, and give that answer."""

    async def refuse(request: Request) -> Response | None:
        asked = request.query_params.get("type", "")
        if not asked.startswith("no-such") or not world.access.token(request):
            return None
        person = world.access.admit(request, "read")
        try:
            world.index.search(person, request.query_params.get("q", ""), asked, "")
        except InvalidError as error:
            report_handled(Call(world, request, person), error)
            return answer
        return None

    world.interceptors.add("api", refuse)
