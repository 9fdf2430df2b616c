"""The vaults: documents, whose they are, and what may be done with them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import CLOCK
from sandbox.product.errors import InvalidError, NotFoundError
from sandbox.product.facts import NOT_STATED, Facts
from sandbox.product.pdf import is_pdf
from sandbox.product.people import Person
from sandbox.product.storage import Storage

VAULTS = ("my", "shared")


def now() -> str:
    """The time as the API writes it."""
    return CLOCK.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Document:
    """One file in a vault; `status` goes Processing, then Ready or Failed."""

    id: str
    name: str
    vault: str
    owner: Person
    size: int
    sha256: str
    uploaded_at: str = field(default_factory=now)
    tags: list[str] = field(default_factory=list)
    status: str = "Processing"
    trashed: bool = False
    pages: list[str] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    job_id: str = ""

    def as_json(self) -> dict[str, Any]:
        """What the API tells about a document."""
        return {
            "id": self.id,
            "name": self.name,
            "vault": self.vault,
            "type": self.facts.type,
            "tags": list(self.tags),
            "carrier": self.facts.get("carrier"),
            "insured": self.facts.get("insured"),
            "policy_number": self.facts.get("number"),
            "status": self.status,
            "size": self.size,
            "sha256": self.sha256,
            "owner": self.owner.email,
            "uploaded_at": self.uploaded_at,
            "trashed": self.trashed,
            "page_count": len(self.pages),
            "job_id": self.job_id,
        }

    def metadata(self) -> str:
        """The words, besides name and tags, by which the vault's search finds a document."""
        values = [self.facts.get(name) for name in ("carrier", "insured", "number", "type")]
        return " ".join(value for value in values if value != NOT_STATED)


class Documents:
    """The product's table of documents and their files."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._documents: dict[str, Document] = {}

    def upload(self, person: Person, name: str, content: bytes, vault: str) -> Document:
        """Keep a new file; raises InvalidError unless it is a PDF for a vault that exists."""
        if vault not in VAULTS:
            raise InvalidError(f"There is no vault {vault!r}.")
        if not is_pdf(content):
            raise InvalidError("Only PDF files can be uploaded.")
        digest = hashlib.sha256(content).hexdigest()
        document = Document(
            f"doc_{secrets.token_hex(8)}", name, vault, person, len(content), digest
        )
        self._storage.put(document.id, content)
        self.insert(document)
        return document

    def insert(self, document: Document) -> None:
        """Write the row of a new document."""
        self._documents[document.id] = document

    def may_see(self, person: Person, document: Document) -> bool:
        """My Vault is the owner's alone, Shared Vault the organisation's."""
        if document.vault == "shared":
            return document.owner.organisation == person.organisation
        return document.owner == person

    def get(self, person: Person, document_id: str) -> Document:
        """A document that the person may see, also from the trash; else NotFoundError."""
        document = self._documents.get(document_id)
        if document is None or not self.may_see(person, document):
            raise NotFoundError("There is no such document.")
        return document

    def find(self, document_id: str) -> Document | None:
        """A document by id, whoever asks."""
        return self._documents.get(document_id)

    def visible(self, person: Person, vault: str | None = None) -> list[Document]:
        """The person's documents, newest first, of `my`, `shared`, `trash`, or both vaults."""
        found = [doc for doc in self._documents.values() if self.may_see(person, doc)]
        if vault == "trash":
            found = [doc for doc in found if doc.trashed]
        else:
            found = [doc for doc in found if not doc.trashed and vault in (None, "", doc.vault)]
        return found[::-1]

    def matching(self, documents: Iterable[Document], words: str) -> list[Document]:
        """Those that hold every word in name, tags or metadata."""
        wanted = words.lower().split()
        return [doc for doc in documents if all(word in self.searched(doc) for word in wanted)]

    def searched(self, document: Document) -> str:
        """The text, in lower case, that the vault's search looks through."""
        return " ".join([document.name, *document.tags, document.metadata()]).lower()

    def ready(self, person: Person) -> list[Document]:
        """What reports and chats can be made from."""
        return [doc for doc in self.visible(person) if doc.status == "Ready"]

    def content(self, document: Document) -> bytes:
        """The file's bytes."""
        return self._storage.get(document.id)

    def rename(self, document: Document, name: str) -> None:
        """Give a document another name; raises InvalidError for an empty one."""
        if not name.strip():
            raise InvalidError("A name is needed.")
        document.name = name.strip()

    def tag(self, document: Document, tag: str) -> None:
        """Add a tag, once; raises InvalidError for an empty one."""
        if not tag.strip():
            raise InvalidError("A tag is needed.")
        if tag.strip() not in document.tags:
            document.tags.append(tag.strip())

    def trash(self, document: Document) -> None:
        """Move a document to the trash."""
        document.trashed = True

    def restore(self, document: Document) -> None:
        """Bring a document back from the trash."""
        document.trashed = False

    def erase(self, document: Document) -> None:
        """Forget a document and its file for good."""
        self._documents.pop(document.id, None)
        self._storage.delete(document.id)

    def count(self) -> int:
        """How many documents there are, trash included."""
        return len(self._documents)

    def check(self) -> str:
        """`ok`, or what is wrong with the database, as the health endpoint reports it."""
        return "ok"
