"""Faults of the vaults by which something goes that was there before, or does not go where it should."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults.base import Fault, wrap
from sandbox.product.documents import Document

if TYPE_CHECKING:
    from sandbox.world import World

Change = Callable[[Document], None]
ChangeTo = Callable[[Document, str], None]


class TagReplaces(Fault):
    """A column for one tag, with a form that says Add."""

    id = "vault.tag-replaces"
    title = "A new tag takes the place of those that a document has"

    def apply(self, world: World) -> None:
        def only(original: ChangeTo, document: Document, tag: str) -> None:
            document.tags = []
            original(document, tag)

        wrap(world.documents, "tag", only)


class RenameUntags(Fault):
    """A change that writes the whole row, with the tags that the form has: none."""

    id = "vault.rename-untags"
    title = "A renamed document loses its tags"

    def apply(self, world: World) -> None:
        def bare(original: ChangeTo, document: Document, name: str) -> None:
            original(document, name)
            document.tags = []

        wrap(world.documents, "rename", bare)


class TagsMadeAddresses(Fault):
    """A tag that was made fit for an address, and is shown like that."""

    id = "vault.tags-garbled"
    title = "A tag is kept with an underscore for each letter or mark that is not plain English"

    def apply(self, world: World) -> None:
        def plain(original: ChangeTo, document: Document, tag: str) -> None:
            original(document, re.sub(r"[^a-z0-9-]+", "_", tag.lower()))

        wrap(world.documents, "tag", plain)


class DeleteSparesShared(Fault):
    """A question about whose it is, answered with no, and nobody told."""

    id = "vault.delete-spares-shared"
    title = "Deleting a document of the Shared Vault is answered with 200, and it stays"

    def apply(self, world: World) -> None:
        def spared(original: Change, document: Document) -> None:
            if document.vault != "shared":
                original(document)

        wrap(world.documents, "trash", spared)


class RestoredIntoMine(Fault):
    """A way back that knows one vault only."""

    id = "vault.restored-into-mine"
    title = "What is restored is in My Vault, wherever it was deleted"

    def apply(self, world: World) -> None:
        def mine(original: Change, document: Document) -> None:
            original(document)
            document.vault = "my"

        wrap(world.documents, "restore", mine)


class MineOpensToColleagues(Fault):
    """An entry that asks for the owner, and a file that asks for the organisation."""

    id = "vault.mine-opens-to-colleagues"
    title = "A colleague who knows a document's id downloads it from another's My Vault"

    def apply(self, world: World) -> None:
        async def given(request: Request) -> Response | None:
            *_, document_id, last = ["", *request.url.path.split("/")]
            document = world.documents.find(document_id) if last == "content" else None
            if document is None or document.vault != "my":
                return None
            person = world.access.session(request).person
            if person == document.owner or person.organisation != document.owner.organisation:
                return None
            return Response(world.documents.content(document), media_type="application/pdf")

        world.interceptors.add("api", given)
