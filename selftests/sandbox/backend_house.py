"""The stand-in's backend without its servers: a world, and a client for each person."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from reportlab.pdfgen.canvas import Canvas
from starlette.types import ASGIApp

import sandbox.world
from sandbox.api.app import build_api, build_llm, build_search
from sandbox.api.front import Interception
from sandbox.aws.description import AccountDescription
from sandbox.faults.base import find_fault
from sandbox.identity.app import build_identity
from sandbox.pace import Pace
from sandbox.world import World

HASTE = Pace("haste", (0.02, 0.03), 0.01, (0.0, 0.0), 0.0, 0.02)
ADDRESSES = {name: f"http://{name}.example" for name in sandbox.world.ORIGINS}
# A healthy house may be slow on a busy machine; a faulty one need not be waited for.
PATIENCE, IMPATIENCE = 5.0, 0.7

POLICY = (
    (
        "Carrier: Northwind Mutual",
        "Named Insured: Blue Door LLC",
        "Policy Number: NW-123-77",
        "Policy Period: 01/01/2026 to 01/01/2027",
        "Document Type: Policy",
        "Limits of Insurance",
        "General Aggregate: $2,417,000",
        "Each Occurrence: $1,013,000",
        "Deductibles",
        "Each Occurrence: $5,000",
    ),
    ("Endorsements", "CG 20 10 04 13 - Additional Insured", "Exclusions", "- Pollution"),
)
BINDER = (
    (
        "Carrier: Northwind Mutual",
        "Named Insured: Red Roof Inc",
        "Policy Number: B-9",
        "Document Type: Binder",
        "Limits of Insurance",
        "General Aggregate: $2,000,000",
        "Each Occurrence: $1,013,000",
        "Deductibles",
        "Each Occurrence: $2,500",
    ),
)


def pdf(pages: tuple[tuple[str, ...], ...]) -> bytes:
    """A PDF file of these lines."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for lines in pages:
        for place, line in enumerate(lines):
            canvas.drawString(60, 780 - 16 * place, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


POLICY_PDF, BINDER_PDF = pdf(POLICY), pdf(BINDER)


@dataclass
class QuietAws:
    """Takes what the product logs, and keeps it in a list."""

    world: World
    described: AccountDescription
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def log(self, service: str, level: str, message: str) -> None:
        """Keep a line."""
        self.lines.append((service, level, message))

    def count_request(self, service: str, status: int, seconds: float) -> None:
        """Keep a count as a line."""
        self.lines.append((service, "COUNT", f"{status} {seconds:.3f}"))


class House:
    """A world, what stands in it, and who comes by."""

    def __init__(self, world: World, patience: float) -> None:
        self.world = world
        self.patience = patience
        self.apps: dict[str, ASGIApp] = {
            "api": build_api(world),
            "idp": Interception("idp", build_identity(world), world),
            "llm": Interception("llm", build_llm(world), world),
            "search": build_search(world),
        }
        self.mia = self.client("mia.member@harbor.example")
        self.tom = self.client("tom.teammate@harbor.example")
        self.vera = self.client("vera.viewer@harbor.example")
        self.ada = self.client("ada.admin@harbor.example")
        self.olaf = self.client("olaf.outsider@summit.example")
        self.nobody = self.browser("api")

    def browser(self, origin: str, **options: Any) -> httpx.AsyncClient:
        """A client of an origin that follows no redirect."""
        transport = httpx.ASGITransport(app=self.apps[origin])
        return httpx.AsyncClient(transport=transport, base_url=ADDRESSES[origin], **options)

    def client(self, email: str) -> httpx.AsyncClient:
        """A client of the API with a session of this person's."""
        person = self.world.people.find(email)
        assert person is not None
        token = self.world.sessions.create(person)
        return self.browser("api", headers={"Authorization": f"Bearer {token}"})

    async def upload(
        self, who: httpx.AsyncClient, name: str, content: bytes = POLICY_PDF, vault: str = "my"
    ) -> dict[str, Any]:
        """Upload a file and return the API's answer."""
        files = {"file": (name, content, "application/pdf")}
        answer = await who.post("/api/v1/documents", files=files, data={"vault": vault})
        return as_dict(answer, 201)

    async def ready(self, name: str, content: bytes = POLICY_PDF, vault: str = "my") -> str:
        """Upload a file as Mia and return its id when it is Ready."""
        document = await self.upload(self.mia, name, content, vault)
        await self.until(f"/api/v1/documents/{document['id']}", "Ready")
        return str(document["id"])

    async def until(self, path: str, status: str) -> dict[str, Any]:
        """Ask until the status is the one; AssertionError if it never is."""
        for _ in range(int(self.patience / 0.02)):
            answer = await self.get(path)
            if answer["status"] == status:
                return answer
            await asyncio.sleep(0.02)
        raise AssertionError(f"{path} never became {status}")

    async def ended(self, job_id: str) -> dict[str, Any]:
        """A job when it is neither queued nor running any more, or as it is at the deadline."""
        for _ in range(int(self.patience / 0.02)):
            job = await self.get(f"/api/v1/jobs/{job_id}", self.ada)
            if job["status"] not in ("queued", "running"):
                break
            await asyncio.sleep(0.02)
        return job

    async def get(self, path: str, who: httpx.AsyncClient | None = None) -> dict[str, Any]:
        """What a GET answers; AssertionError unless it is 200."""
        return as_dict(await (who or self.mia).get(path), 200)

    async def report(self, kind: str, ids: list[str], **choice: str) -> dict[str, Any]:
        """A complete report."""
        body = {"kind": kind, "document_ids": ids, **choice}
        asked = as_dict(await self.mia.post("/api/v1/reports", json=body), 202)
        return await self.until(f"/api/v1/reports/{asked['id']}", "Complete")

    async def ask(self, question: str, **about: Any) -> tuple[str, dict[str, Any]]:
        """The text of a chat's answer, and what its last event holds."""
        chat = as_dict(await self.mia.post("/api/v1/chats", json=about), 201)
        path = f"/api/v1/chats/{chat['id']}/messages"
        answer = await self.mia.post(path, json={"text": question})
        events = [json.loads(part.split("data: ")[1]) for part in answer.text.split("\n\n") if part]
        return "".join(event.get("text", "") for event in events), events[-1]


def as_dict(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The JSON object of an answer; AssertionError unless it has this status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:200]}"
    found = answer.json()
    assert isinstance(found, dict)
    return found


@asynccontextmanager
async def house(*faults: str) -> AsyncIterator[House]:
    """A house with these faults, and a worker that works."""
    world = World(dict(ADDRESSES), "2026.11.3-4f2a9c1", HASTE, 1800.0)
    for name in faults:
        find_fault(name)().apply(world)
    world.jobs.start()
    try:
        yield House(world, IMPATIENCE if faults else PATIENCE)
    finally:
        await world.jobs.stop()


Symptom = Callable[[House], Awaitable[None]]


async def holds(symptom: Symptom, *faults: str) -> bool:
    """Whether a symptom's assertions hold, in time, in a house with these faults.

    Any exception counts as not holding: a faulty answer can have any shape.
    """
    async with house(*faults) as built:
        try:
            await asyncio.wait_for(symptom(built), built.patience * 2)
        except Exception:
            return False
        return True
