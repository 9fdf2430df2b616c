"""Faults of the vaults that a list with the right names in it hides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.documents import Document
from sandbox.product.errors import InvalidError

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World

LONGEST_NAME = 24
STRANGER = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
"""The file of a document that is somebody else's."""


class DownloadOfAnother(Fault):
    """The right name over another file: a key that was computed from the wrong row."""

    id = "vault.download-of-another"
    title = "A download has the document's name and holds another document's file"

    def apply(self, world: World) -> None:
        async def other(request: Request) -> Response | None:
            *_, document_id, last = ["", *request.url.path.split("/")]
            document = world.documents.find(document_id) if last == "content" else None
            if document is None:
                return None
            files = [one for one in world.documents.visible(document.owner) if one != document]
            body = world.documents.content(files[-1]) if files else STRANGER
            headers = {"Content-Disposition": f'attachment; filename="{document.name}"'}
            return Response(body, media_type="application/pdf", headers=headers)

        world.interceptors.add("api", other)


class SharedUploadRefused(Fault):
    """A vault that cannot be written to."""

    id = "vault.shared-upload-refused"
    title = "An upload into the Shared Vault is refused, one into My Vault is not"

    def apply(self, world: World) -> None:
        def upload(
            original: Callable[..., Document], person: Person, name: str, content: bytes, vault: str
        ) -> Document:
            if vault == "shared":
                raise InvalidError("The Shared Vault of your organisation is full.")
            return original(person, name, content, vault)

        wrap(world.documents, "upload", upload)


class SharedUnreadable(Fault):
    """A list that asks who may see, and a page that asks whose it is."""

    id = "vault.shared-unreadable"
    title = "The pages of a document in the Shared Vault answer 404"

    def apply(self, world: World) -> None:
        async def missing(request: Request) -> Response | None:
            if not request.url.path.endswith("/pages"):
                return None
            document = world.documents.find(request.url.path.split("/")[-2])
            if document is None or document.vault != "shared":
                return None
            body = {"error": "not_found", "message": "There is no such document."}
            return JSONResponse(body, status_code=404)

        world.interceptors.add("api", missing)


class NameCut(Fault):
    """A column that is too short."""

    id = "vault.rename-cuts-name"
    title = f"A new name is kept in its first {LONGEST_NAME} characters only"

    def apply(self, world: World) -> None:
        def cut(original: Callable[..., None], document: Document, name: str) -> None:
            original(document, name[:LONGEST_NAME])

        wrap(world.documents, "rename", cut)


class TagOnAnother(Fault):
    """A tag that is somewhere in the list."""

    id = "vault.tag-on-another"
    title = "A tag is put on the person's other documents in place of the one chosen"

    def apply(self, world: World) -> None:
        def misplaced(original: Callable[..., None], document: Document, tag: str) -> None:
            for other in world.documents.visible(document.owner):
                if other is not document:
                    original(other, tag)

        wrap(world.documents, "tag", misplaced)


class RenameForgetsFacts(Fault):
    """A change that writes the whole row, with what the form knew of it."""

    id = "vault.rename-forgets-facts"
    title = "A renamed document loses what was read from its file"

    def apply(self, world: World) -> None:
        def forget(
            original: Callable[[Document, str], None], document: Document, name: str
        ) -> None:
            original(document, name)
            document.facts = type(document.facts)()

        wrap(world.documents, "rename", forget)


class RestoredUntagged(Fault):
    """A row that comes back as if it were new."""

    id = "vault.restored-untagged"
    title = "A restored document is listed again without its tags"

    def apply(self, world: World) -> None:
        def bare(original: Callable[[Document], None], document: Document) -> None:
            original(document)
            document.tags = []

        wrap(world.documents, "restore", bare)


class SearchIgnoresTags(Fault):
    """A vault search that looks at what was read, and not at what people wrote."""

    id = "vault.search-ignores-tags"
    title = "The vault's search does not look at tags"

    def apply(self, world: World) -> None:
        def untagged(document: Document) -> str:
            return f"{document.name} {document.metadata()}".lower()

        put(world.documents, "searched", untagged)


class SearchStumblesOverUnread(Fault):
    """Code that takes for granted what a document has only once it was read."""

    id = "vault.search-crashes-on-unread"
    title = "A vault search that matches a document not read yet ends with 500"

    def apply(self, world: World) -> None:
        def crash(
            original: Callable[..., list[Document]], documents: list[Document], words: str
        ) -> list[Document]:
            found = original(documents, words)
            if any(document.status == "Processing" for document in found):
                raise TypeError("'NoneType' object is not subscriptable")
            return found

        wrap(world.documents, "matching", crash)


class RestoredWithoutText(Fault):
    """A file that comes back, and what was read from it does not."""

    id = "vault.restored-without-text"
    title = "A restored document is listed with its file, and its pages hold no text"

    def apply(self, world: World) -> None:
        def wordless(original: Callable[[Document], None], document: Document) -> None:
            original(document)
            document.pages = ["" for _ in document.pages]

        wrap(world.documents, "restore", wordless)


class FoundByOldName(Fault):
    """A column for the search that is written with the upload."""

    id = "vault.found-by-old-name"
    title = "The vault's search knows a renamed document by the name that it was uploaded with"

    def apply(self, world: World) -> None:
        first: dict[str, str] = {}

        def as_uploaded(original: Callable[[Document], str], document: Document) -> str:
            name = first.get(document.id, document.name)
            return original(document).replace(document.name.lower(), name.lower())

        def renamed(
            original: Callable[[Document, str], None], document: Document, name: str
        ) -> None:
            first.setdefault(document.id, document.name)
            original(document, name)

        wrap(world.documents, "searched", as_uploaded)
        wrap(world.documents, "rename", renamed)


class DeletedIsFound(Fault):
    """A flag that the list looks at, and the search does not."""

    id = "vault.deleted-is-found"
    title = "The vault's search still finds what is in the trash"

    def apply(self, world: World) -> None:
        def with_trash(
            original: Callable[[Iterable[Document], str], list[Document]],
            documents: Iterable[Document],
            words: str,
        ) -> list[Document]:
            found = original(documents, words)
            thrown = [
                document
                for owner in {one.owner for one in found} or world.people.all()
                for document in world.documents.visible(owner, "trash")
                if document.owner == owner
            ]
            return [*found, *original(thrown, words)]

        wrap(world.documents, "matching", with_trash)
