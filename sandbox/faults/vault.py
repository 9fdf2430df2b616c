"""Faults of the vaults: what becomes of documents, and who sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.documents import Document
from sandbox.product.errors import InvalidError

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World

MaySee = Callable[["Person", Document], bool]


class UploadRefused(Fault):
    """A check of file types that has become too strict."""

    id = "vault.upload-refused"
    title = "Every upload is refused as not being a PDF file"

    def apply(self, world: World) -> None:
        def refuse(*_: object) -> Document:
            raise InvalidError("Only PDF files can be uploaded.")

        put(world.documents, "upload", refuse)


class UploadCrashes(Fault):
    """An error that nobody handles."""

    id = "vault.upload-crashes"
    title = "An upload ends with 500 and a stack trace"

    def apply(self, world: World) -> None:
        def crash(*_: object) -> None:
            raise RuntimeError("PG::UndefinedColumn: column documents.sha256 does not exist")

        put(world.documents, "insert", crash)


class UploadDropped(Fault):
    """An answer that promises what never happens."""

    id = "vault.upload-dropped"
    title = "An upload is answered with 201 and the document is nowhere"

    def apply(self, world: World) -> None:
        put(world.documents, "insert", lambda _document: None)


class DownloadDiffers(Fault):
    """A file that opens, and is not the one that was uploaded."""

    id = "vault.download-differs"
    title = "A download opens well and its bytes are not those that were uploaded"

    def apply(self, world: World) -> None:
        def stamped(original: Callable[[Document], bytes], document: Document) -> bytes:
            content = original(document)
            return content + b"\n% stamped" if document.status == "Ready" else content

        wrap(world.documents, "content", stamped)


class ListLacksNewest(Fault):
    """A list from a replica that lags for ever."""

    id = "vault.list-lacks-newest"
    title = "The list of a vault lacks the newest document"

    def apply(self, world: World) -> None:
        def older(
            original: Callable[..., list[Document]], person: Person, vault: str | None = None
        ) -> list[Document]:
            found = original(person, vault)
            return found[1:] if vault in ("my", "shared") else found

        wrap(world.documents, "visible", older)


class PagesWithoutText(Fault):
    """A viewer with nothing in it."""

    id = "vault.pages-without-text"
    title = "The viewer gets pages without their text"

    def apply(self, world: World) -> None:
        def emptied(
            original: Callable[[Person, str], Document], person: Person, document_id: str
        ) -> Document:
            document = original(person, document_id)
            document.pages = ["" for _ in document.pages]
            return document

        wrap(world.documents, "get", emptied)


class SharedWithOutsiders(Fault):
    """A wall between organisations that has a hole."""

    id = "vault.shared-with-outsiders"
    title = "Shared documents are visible to the other organisation"

    def apply(self, world: World) -> None:
        def anybody(original: MaySee, person: Person, document: Document) -> bool:
            return document.vault == "shared" or original(person, document)

        wrap(world.documents, "may_see", anybody)


class SharedWithNobody(Fault):
    """A shared vault that is not."""

    id = "vault.shared-with-nobody"
    title = "Shared documents are visible to who uploaded them only"

    def apply(self, world: World) -> None:
        def owner_only(person: Person, document: Document) -> bool:
            return document.owner == person

        put(world.documents, "may_see", owner_only)


class MineForAll(Fault):
    """A private vault that is not."""

    id = "vault.mine-for-all"
    title = "Documents of My Vault are visible to colleagues"

    def apply(self, world: World) -> None:
        def colleagues(person: Person, document: Document) -> bool:
            return document.owner.organisation == person.organisation

        put(world.documents, "may_see", colleagues)


class RenameForgotten(Fault):
    """An answer with the new name, and a database with the old one."""

    id = "vault.rename-forgotten"
    title = "A new name is confirmed and gone after a reload"

    def apply(self, world: World) -> None:
        _forget(world, "rename", "name")


class TagForgotten(Fault):
    """An answer with the tag, and a database without it."""

    id = "vault.tag-forgotten"
    title = "A tag is confirmed and gone after a reload"

    def apply(self, world: World) -> None:
        _forget(world, "tag", "tags")


def _forget(world: World, method: str, field: str) -> None:
    """Undo a change of a field as soon as any list is asked for."""
    undo: list[Callable[[], None]] = []

    def change(original: Callable[..., None], document: Document, value: str) -> None:
        before = getattr(document, field)
        kept = list(before) if isinstance(before, list) else before
        undo.append(lambda: setattr(document, field, kept))
        original(document, value)

    def listed(original: Callable[..., list[Document]], *arguments: object) -> list[Document]:
        while undo:
            undo.pop()()
        return original(*arguments)

    wrap(world.documents, method, change)
    wrap(world.documents, "visible", listed)


class DeleteDoesNothing(Fault):
    """An answer that promises what never happens."""

    id = "vault.delete-does-nothing"
    title = "A deleted document stays in the list"

    def apply(self, world: World) -> None:
        put(world.documents, "trash", lambda _document: None)


class DeleteIsFinal(Fault):
    """A trash that keeps nothing."""

    id = "vault.delete-is-final"
    title = "A deleted document never reaches the trash, so that it cannot be restored"

    def apply(self, world: World) -> None:
        put(world.documents, "trash", world.documents.erase)


class RestoredEmpty(Fault):
    """A row that comes back without its file."""

    id = "vault.restored-empty"
    title = "A restored document is listed again and its file is empty"

    def apply(self, world: World) -> None:
        def emptied(original: Callable[[Document], None], document: Document) -> None:
            original(document)
            world.storage.put(document.id, b"")

        wrap(world.documents, "restore", emptied)


class SearchIgnoresMetadata(Fault):
    """A vault search that knows names only."""

    id = "vault.search-ignores-metadata"
    title = "The vault's search does not look at the carrier or at other metadata"

    def apply(self, world: World) -> None:
        def by_name(document: Document) -> str:
            return " ".join([document.name, *document.tags]).lower()

        put(world.documents, "searched", by_name)


class SearchIgnoresNames(Fault):
    """A vault search that knows metadata and tags only."""

    id = "vault.search-ignores-names"
    title = "The vault's search does not look at the names of documents"

    def apply(self, world: World) -> None:
        def by_metadata(document: Document) -> str:
            return " ".join([*document.tags, document.metadata()]).lower()

        put(world.documents, "searched", by_metadata)


class SearchNeedsIndex(Fault):
    """A vault search that asks the index and not the database."""

    id = "vault.search-needs-index"
    title = "The vault's search does not find documents that are not indexed yet"

    def apply(self, world: World) -> None:
        def indexed(
            original: Callable[..., list[Document]], documents: list[Document], words: str
        ) -> list[Document]:
            return original([item for item in documents if item.status == "Ready"], words)

        wrap(world.documents, "matching", indexed)
