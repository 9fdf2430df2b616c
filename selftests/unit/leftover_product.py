"""A product of lists, whose things tests put there by hand; it keeps a log of what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import MethodType
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr

from postdeploy.facts import RunFacts
from postdeploy.flow import Flow
from postdeploy.launching import BrowserOptions
from postdeploy.run import Run
from postdeploy.settings import Person, Settings
from postdeploy.target import Environment, Leftovers, Listing, Role, Route, Session, Target, Writes

T = TypeVar("T")
KINDS = ("document", "chat", "cleanup")
MINE = "261121-101500-4f2a"
ENVIRONMENT = Environment(
    urls={"api": "http://127.0.0.1"},
    session=Session(cookie="session"),
    roles={"member": Role(organisation="own"), "teammate": Role(organisation="own")},
    cleanup={
        "document": Route(method="DELETE", path="/documents/{id}?permanent=true"),
        "chat": Route(method="DELETE", path="/chats/{id}"),
    },
    sweep={
        "document": Listing(
            paths=("/documents?page={page}", "/documents?vault=trash&page={page}"),
            items="data.documents",
            owner="owner",
            made="made",
            creates=("POST /documents",),
            roles=("member", "teammate"),
        ),
        "chat": Listing(
            paths=("/chats?page={page}",),
            items="data.chats",
            name="title",
            owner="owner",
            made="made",
            unnamed=("New chat",),
            about={"document": "documents"},
            creates=("POST /chats",),
            roles=("member",),
        ),
    },
    writes={
        "document": Writes(requests=("POST /documents",)),
        "chat": Writes(requests=("POST /chats",)),
    },
    leftovers=Leftovers(remains={"mail": "it stays sent"}),
)


def person(role: str, number: int = 1) -> Person:
    secret = SecretStr(f"secret of {role} {number}")
    return Person(role, f"{role}.{number}@harbor.example", secret, secret, number)


POOLS = {role: tuple(person(role, n) for n in (1, 2)) for role in ("member", "teammate")}


@dataclass
class Product:
    """Things by kind and id; everybody sees what is shared, and else only their own."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    things: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    refuses: dict[str, int] = field(default_factory=dict)
    """Id → status with which its removal is refused, or 204 for one that is not done."""
    deleted: list[tuple[str, str]] = field(default_factory=list)
    """Who asked for which removal."""
    asked: list[str] = field(default_factory=list)
    page_size: int = 2
    tells_date: bool = True
    broken: str = ""
    """A path that is answered with 500."""
    expired: set[str] = field(default_factory=set)
    """Sessions that hold no more."""
    on_create: Callable[[httpx.Request], None] = lambda _: None

    def put(
        self,
        kind: str,
        made_id: str,
        name: str,
        owner: str = "member.1@harbor.example",
        **more: Any,
    ) -> None:
        """Something that is there; it was made three days ago unless said otherwise."""
        made = (self.now - timedelta(days=3)).isoformat()
        named = {"id": made_id, "name": name, "title": name, "owner": owner, "made": made}
        self.things[kind, made_id] = {**named, "shared": False, "trashed": False, **more}

    def ids(self) -> set[str]:
        return {made_id for _, made_id in self.things}

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        who = request.headers.get("cookie", "").removeprefix("session=")
        headers = {"date": format_datetime(self.now, usegmt=True)} if self.tells_date else {}
        if who in self.expired:
            return httpx.Response(401, headers=headers)
        if request.url.path == self.broken:
            return httpx.Response(500, json={"error": "internal"}, headers=headers)
        status, body = self._answer(request, who.removesuffix(" anew"))
        return httpx.Response(status, json=body, headers=headers)

    def _answer(self, request: httpx.Request, who: str) -> tuple[int, object]:
        kind, _, made_id = request.url.path.strip("/").partition("/")
        kind = kind.removesuffix("s")
        if request.method == "DELETE":
            return self._remove(who, kind, made_id), None
        if request.method == "POST":
            self.on_create(request)
            return 201, {"id": "fresh"}
        listed = self._listed(kind, who, trash=request.url.params.get("vault") == "trash")
        start = (int(request.url.params.get("page", 1)) - 1) * self.page_size
        return 200, {"data": {f"{kind}s": listed[start : start + self.page_size]}}

    def _remove(self, who: str, kind: str, made_id: str) -> int:
        self.deleted.append((who, made_id))
        if made_id in self.refuses:
            return self.refuses[made_id]
        return 204 if self.things.pop((kind, made_id), None) else 404

    def _listed(self, kind: str, who: str, *, trash: bool) -> list[dict[str, Any]]:
        return [
            thing
            for (of_kind, _), thing in reversed(self.things.items())
            if of_kind == kind
            and thing["trashed"] == trash
            and (thing["shared"] or thing["owner"] == who)
        ]


def make_run(
    folder: Path, product: Product, worker: str = "", environment: Environment = ENVIRONMENT
) -> Run:
    """A run that works against `product`; nobody needs a browser to sign in."""
    facts = RunFacts(
        run_id=MINE,
        folder=str(folder),
        root=str(folder),
        system="demo",
        environment="sandbox",
        started="2026-11-21T10:15:00+00:00",
    )
    target = Target(
        system="demo",
        title="Demo",
        name="sandbox",
        file="targets/demo.toml",
        environment=environment,
    )
    run = Run(facts, target, Settings(POOLS, {}), BrowserOptions(), None, worker)
    run._transport = httpx.MockTransport(product.answer)  # type: ignore[assignment]

    async def session_of(_: object, __: Flow, who: Person, *, anew: bool = False) -> dict[str, Any]:
        value = f"{who.email}{' anew' * anew}"
        return {"cookies": [{"name": "session", "value": value}], "origins": []}

    async def signed_in(_: object, flow: Flow, role: str, *, own_session: bool) -> dict[str, Any]:
        del own_session
        return await session_of(_, flow, flow.person(role))

    run.browser.session_of = MethodType(session_of, run.browser)  # type: ignore[method-assign]
    run.browser.signed_in = MethodType(signed_in, run.browser)  # type: ignore[method-assign]
    return run


def in_run(run: Run, work: Callable[[Flow], Awaitable[T]]) -> T:
    """What `work` answers, done in a flow of the run's own loop."""

    async def scene() -> T:
        return await work(run.maker("a test", KINDS))

    return asyncio.run(scene())
