"""An upload that a load balancer answered is made again, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from fixtures import vault
from fixtures.documents.samples import SampleDocument
from postdeploy.flow import Flow
from postdeploy.gateway import Disturbances

BAD_GATEWAY = httpx.Response(502, html="<h1>502 Bad Gateway</h1>")
REFUSED = httpx.Response(422, json={"error": "not a PDF file"})


class Product:
    """Answers uploads in turn; a document is listed when `arrived` says so."""

    def __init__(self, *answers: httpx.Response, arrived: bool = False) -> None:
        self.left = list(answers)
        self.arrived = arrived
        self.uploads = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.uploads += 1
            return self.left.pop(0)
        listed = [{"id": "doc_there", "name": "policy.pdf"}] if self.arrived else []
        return httpx.Response(200, json={"documents": listed})


def upload(
    product: Callable[[httpx.Request], httpx.Response], folder: Path
) -> tuple[str, list[str]]:
    """The id of the uploaded document, and what was done again."""
    path = folder / "policy.pdf"
    path.write_bytes(b"%PDF-1.7")
    gateway = Disturbances()

    async def scene() -> str:
        client = httpx.AsyncClient(
            transport=httpx.MockTransport(product), base_url="http://127.0.0.1"
        )
        entry = SimpleNamespace(id="")
        entry.made = lambda value: setattr(entry, "id", value)

        async def in_thread(work: Callable[[], Any]) -> Any:
            return work()

        async def client_of(_: str) -> httpx.AsyncClient:
            return client

        flow = SimpleNamespace(
            client=client_of,
            run=SimpleNamespace(in_thread=in_thread),
            intend=lambda *_, **__: entry,
            gateway=gateway,
        )
        sample = SimpleNamespace(name="policy.pdf", path=path)
        return (await vault.upload(cast(Flow, flow), cast(SampleDocument, sample))).id

    return asyncio.run(scene()), gateway.repeats


def test_an_upload_that_did_not_arrive_is_made_again(tmp_path: Path) -> None:
    product = Product(BAD_GATEWAY, httpx.Response(201, json={"id": "doc_1"}))
    found, repeats = upload(product, tmp_path)
    assert (found, product.uploads, len(repeats)) == ("doc_1", 2, 1)


def test_an_upload_that_arrived_is_not_made_again(tmp_path: Path) -> None:
    product = Product(BAD_GATEWAY, arrived=True)
    found, repeats = upload(product, tmp_path)
    assert (found, product.uploads, len(repeats)) == ("doc_there", 1, 1)


@pytest.mark.parametrize("answers", [[REFUSED], [BAD_GATEWAY, REFUSED], [BAD_GATEWAY] * 3])
def test_a_refusal_and_a_lasting_502_are_the_products_failure(
    answers: list[httpx.Response], tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match="the upload was answered"):
        upload(Product(*answers), tmp_path)
