"""What an API handler gets, and how it becomes an endpoint."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api.access import Need
from sandbox.product.errors import InvalidError, ProductError
from sandbox.product.people import Person

if TYPE_CHECKING:
    from sandbox.world import World

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """One request of a signed-in person."""

    world: World
    request: Request
    person: Person

    def part(self, name: str) -> str:
        """A part of the path, such as an id."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """A parameter of the query, empty if it is not there."""
        return self.request.query_params.get(name, "")

    def number(self, name: str, default: int) -> int:
        """A positive whole number of the query; raises InvalidError for anything else."""
        value = self.query(name) or str(default)
        if not value.isdecimal() or int(value) < 1:
            raise InvalidError(f"{name} must be a positive whole number.")
        return int(value)

    def paged(self, found: Sequence[T]) -> Sequence[T]:
        """The page of a list that the query asks for, or all of it when it asks for none.

        Raises InvalidError for numbers that are none.
        """
        if not self.query("page") and not self.query("per_page"):
            return found
        size = min(self.number("per_page", 50), 100)
        start = (self.number("page", 1) - 1) * size
        return found[start : start + size]

    async def body(self) -> dict[str, Any]:
        """The JSON object that was sent, empty if nothing was; raises InvalidError otherwise."""
        raw = await self.request.body()
        try:
            value = json.loads(raw or b"{}")
        except ValueError as error:
            raise InvalidError("The body is not JSON.") from error
        if not isinstance(value, dict):
            raise InvalidError("The body is not a JSON object.")
        return value


Handler = Callable[[Call], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(handler: Handler, need: Need = "read") -> Endpoint:
    """A Starlette endpoint that admits only those whose role suffices."""

    async def answer(request: Request) -> Response:
        world: World = request.app.state.world
        person = world.access.admit(request, need)
        return await handler(Call(world, request, person))

    return answer


def text_of(body: dict[str, Any], name: str) -> str:
    """A text of a JSON body, empty if it is not there; raises InvalidError for another type."""
    value = body.get(name) or ""
    if not isinstance(value, str):
        raise InvalidError(f"{name} must be a text.")
    return value


def texts_of(body: dict[str, Any], name: str) -> list[str]:
    """A list of texts of a JSON body, empty if it is not there; raises InvalidError otherwise."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidError(f"{name} must be a list of texts.")
    return value


async def refusal(_: Request, error: Exception) -> Response:
    """The answer to a ProductError."""
    assert isinstance(error, ProductError)
    return JSONResponse({"error": error.code, "message": error.message}, status_code=error.status)
