"""Faults of the vaults that reach further than they should, or not as far."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.api import documents as routes
from sandbox.api.calls import Call
from sandbox.faults.base import Fault, wrap
from sandbox.product.documents import Document
from sandbox.product.errors import UnauthenticatedError

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World

Listing = Callable[..., list[Document]]


def _asked_for(world: World, request: Request, *parts: str) -> Document | None:
    """The document of which a request wants one of these parts (`content`)."""
    *_, document_id, last = ["", *request.url.path.split("/")]
    return world.documents.find(document_id) if last in parts else None


class RenameForAll(Fault):
    """An UPDATE that lacks its WHERE."""

    id = "vault.rename-for-all"
    title = "A new name is given to every document of the person"

    def apply(self, world: World) -> None:
        def everywhere(
            original: Callable[[Document, str], None], document: Document, name: str
        ) -> None:
            for one in world.documents.visible(document.owner, document.vault):
                original(one, name)

        wrap(world.documents, "rename", everywhere)


class DeleteTakesOlder(Fault):
    """A DELETE with < in the place of =."""

    id = "vault.delete-takes-older"
    title = "With a document everything that its owner uploaded before it goes to the trash"

    def apply(self, world: World) -> None:
        def sweeping(original: Callable[[Document], None], document: Document) -> None:
            for one in world.documents.visible(document.owner, document.vault):
                if one.uploaded_at <= document.uploaded_at:
                    original(one)

        wrap(world.documents, "trash", sweeping)


class MineInOthersLists(Fault):
    """A list that asks for the organisation, and a page that asks for the owner."""

    id = "vault.mine-in-others-lists"
    title = "A list of both vaults names colleagues' documents of My Vault, which do not open"

    def apply(self, world: World) -> None:
        def of_all(original: Listing, person: Person, vault: str | None = None) -> list[Document]:
            found = original(person, vault)
            if vault:
                return found
            all_ = [one for one in world.people.all() if one != person]
            near = [one for one in all_ if one.organisation == person.organisation]
            return [*found, *(document for one in near for document in original(one, "my"))]

        wrap(world.documents, "visible", of_all)


class SharedOpensForOwnerOnly(Fault):
    """A storage prefix that is the owner's."""

    id = "vault.shared-opens-for-owner-only"
    title = "Colleagues see a shared document in the list, and its pages and file answer 404"

    def apply(self, world: World) -> None:
        async def missing(request: Request) -> Response | None:
            document = _asked_for(world, request, "content", "pages")
            if document is None or document.vault != "shared":
                return None
            if world.access.session(request).person == document.owner:
                return None
            body = {"error": "not_found", "message": "The file is not in the store."}
            return JSONResponse(body, status_code=404)

        world.interceptors.add("api", missing)


class FilesWithoutSession(Fault):
    """A wall with a door beside it: who is nobody is not asked whose it is."""

    id = "vault.files-without-session"
    title = "A document's file is given to everybody who has no session"

    def apply(self, world: World) -> None:
        async def given(request: Request) -> Response | None:
            document = _asked_for(world, request, "content")
            if document is None:
                return None
            try:
                world.access.session(request)
            except UnauthenticatedError:
                return Response(world.documents.content(document), media_type="application/pdf")
            return None

        world.interceptors.add("api", given)


class _StrangersWrite(Fault):
    """A wall that is built around reading alone."""

    answers = True
    """Whether who did what was not theirs to do is told that it is done."""

    def apply(self, world: World) -> None:
        async def done(request: Request) -> Response | None:
            document = world.documents.find(request.url.path.rpartition("/")[2])
            if document is None or request.method not in ("PATCH", "DELETE"):
                return None
            person = world.access.session(request).person
            if person.organisation == document.owner.organisation:
                return None
            if request.method == "DELETE":
                world.documents.trash(document)
            elif self.answers:
                world.documents.tag(document, str((await request.json()).get("add_tag", "")))
            return JSONResponse({"id": document.id}) if self.answers else None

        world.interceptors.add("api", done)


class StrangersChange(_StrangersWrite):
    """Nobody asks whose it is."""

    id = "vault.strangers-change"
    title = "Another organisation may tag and delete a shared document, whose address it has"


class StrangersDelete(_StrangersWrite):
    """The right answer, given too late."""

    id = "vault.strangers-delete"
    title = "A shared document that another organisation deletes is gone, though the answer is 404"
    answers = False


class PicturesAtTimes(Fault):
    """One of three servers, that draws no pictures."""

    id = "vault.pictures-at-times"
    title = "Every third picture of a page is answered 404"

    def apply(self, world: World) -> None:
        asked = itertools.count(1)

        async def missing(request: Request) -> Response | None:
            lost = request.url.path.endswith(".png") and next(asked) % 3 == 1
            return JSONResponse({"error": "not_found"}, status_code=404) if lost else None

        world.interceptors.add("api", missing)


class FirstPictureLost(Fault):
    """What a load balancer does while targets are exchanged."""

    id = "vault.first-picture-lost"
    title = "A load balancer answers 502 to the first request for a picture of a page: no fault of the product"

    def apply(self, world: World) -> None:
        asked = itertools.count(1)

        async def lost(request: Request) -> Response | None:
            if not request.url.path.endswith(".png") or next(asked) > 1:
                return None
            return HTMLResponse("<h1>502 Bad Gateway</h1>", status_code=502)

        world.interceptors.add("api", lost)


class EverySecondDownloadCut(Fault):
    """One of two servers, whose disk is full."""

    id = "vault.download-every-second"
    title = "Every second download of a document breaks off in the middle, with status 200"

    def apply(self, world: World) -> None:
        asked: Counter[str] = Counter()

        async def cut(request: Request) -> Response | None:
            document = _asked_for(world, request, "content")
            if document is None or request.method != "GET":
                return None
            asked[document.id] += 1
            if asked[document.id] % 2:
                return None
            world.documents.get(world.access.session(request).person, document.id)
            body = world.documents.content(document)
            headers = {"Content-Disposition": f'attachment; filename="{document.name}"'}
            return Response(body[: len(body) // 2], media_type="application/pdf", headers=headers)

        world.interceptors.add("api", cut)


class UploadWithoutId(Fault):
    """Something between product and browser that lets bodies fall."""

    id = "vault.upload-without-id"
    title = "An upload is taken in and answered with 201 and nothing else"

    def apply(self, world: World) -> None:
        async def bare(request: Request) -> Response | None:
            if request.method != "POST" or not request.url.path.endswith("/documents"):
                return None
            person = world.access.admit(request, "write")
            await routes.upload(Call(world, request, person))
            return Response(status_code=201)

        world.interceptors.add("api", bare)


class SearchIgnoresShared(Fault):
    """One of two lists that was forgotten."""

    id = "vault.search-ignores-shared"
    title = "The vault's search finds nothing in the Shared Vault"

    def apply(self, world: World) -> None:
        def mine(original: Listing, documents: list[Document], words: str) -> list[Document]:
            return original([one for one in documents if one.vault == "my"], words)

        wrap(world.documents, "matching", mine)


class RestoredIsReadAnew(Fault):
    """What is right in another way: a restored document is entered into the index once more."""

    id = "vault.restored-is-read-anew"
    title = "A restored document is Processing for a moment, with its tags in another order: which is right"

    def apply(self, world: World) -> None:
        def anew(original: Callable[[Document], None], document: Document) -> None:
            original(document)
            document.tags.reverse()
            document.status = "Processing"
            world.ingest.accept(document)

        def tagged(original: Callable[[Document, str], None], document: Document, tag: str) -> None:
            original(document, tag)
            original(document, "by hand")

        wrap(world.documents, "restore", anew)
        wrap(world.documents, "tag", tagged)


class CutForColleagues(Fault):
    """A cache in front of the store that ends a file early, and that owners do not meet."""

    id = "vault.shared-cut-for-colleagues"
    title = "Whoever downloads a colleague's document is given half of the file"

    def apply(self, world: World) -> None:
        async def halved(request: Request) -> Response | None:
            document = _asked_for(world, request, "content")
            if document is None or world.access.session(request).person == document.owner:
                return None
            if not world.documents.may_see(world.access.session(request).person, document):
                return None
            whole = world.documents.content(document)
            return Response(whole[: len(whole) // 2], media_type="application/pdf")

        world.interceptors.add("api", halved)
