"""The full-text index, beside the database and a little behind it."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from sandbox.product.documents import Document, Documents
from sandbox.product.errors import InvalidError, UnavailableError
from sandbox.product.facts import TYPES
from sandbox.product.people import Person


@dataclass(frozen=True)
class Hit:
    """A document that holds the words searched for, and a piece of its text around them."""

    document: Document
    snippet: str

    def as_json(self) -> dict[str, str]:
        """What the API tells about a hit."""
        return {
            "document_id": self.document.id,
            "name": self.document.name,
            "type": self.document.facts.type,
            "vault": self.document.vault,
            "snippet": self.snippet,
        }


class SearchIndex:
    """SQLite's FTS5 in memory, in Typesense's place."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._table = sqlite3.connect(":memory:", check_same_thread=False)
        self._table.execute("CREATE VIRTUAL TABLE entries USING fts5(id UNINDEXED, name, body)")
        self.available = True

    def put(self, document: Document) -> None:
        """Enter a document, or enter it anew."""
        self.remove(document.id)
        body = "\n".join([*document.tags, *document.pages])
        self._table.execute(
            "INSERT INTO entries VALUES (?, ?, ?)", (document.id, document.name, body)
        )

    def remove(self, document_id: str) -> None:
        """Take a document out."""
        self._table.execute("DELETE FROM entries WHERE id = ?", (document_id,))

    def count(self) -> int:
        """How many documents are entered."""
        row = self._table.execute("SELECT count(*) FROM entries").fetchone()
        return int(row[0])

    def search(self, person: Person, words: str, type_: str = "", vault: str = "") -> list[Hit]:
        """The person's hits, best first.

        Raises InvalidError for a type that does not exist, UnavailableError if the service is down.
        """
        if not self.available:
            raise UnavailableError("The search service does not answer.")
        if type_ and type_ not in TYPES:
            raise InvalidError(f"There is no document type {type_!r}.")
        hits = [self.hit(person, *row) for row in self.lookup(words)]
        return [hit for hit in hits if hit and self.passes(hit, type_, vault)]

    def lookup(self, words: str) -> list[tuple[str, str]]:
        """Ids and snippets of the entries that hold every word."""
        terms = re.findall(r"\w+", words)
        if not terms:
            return []
        query = " ".join(f'"{term}"' for term in terms[:-1]) + f' "{terms[-1]}"*'
        return self._table.execute(
            "SELECT id, snippet(entries, 2, '', '', '…', 18) FROM entries"
            " WHERE entries MATCH ? ORDER BY rank, id",
            (query.strip(),),
        ).fetchall()

    def everything(self) -> list[tuple[str, str]]:
        """Ids and beginnings of all entries."""
        return self._table.execute("SELECT id, substr(body, 1, 120) FROM entries").fetchall()

    def hit(self, person: Person, document_id: str, snippet: str) -> Hit | None:
        """An entry as a hit, or None if the person may not see it."""
        document = self._documents.find(document_id)
        if document is None or document.trashed or not self._documents.may_see(person, document):
            return None
        return Hit(document, " ".join(snippet.split()))

    def passes(self, hit: Hit, type_: str, vault: str) -> bool:
        """Whether a hit is of the type and vault asked for; empty means any."""
        return type_ in ("", hit.document.facts.type) and vault in ("", hit.document.vault)

    def page(self, hits: list[Hit], number: int, per_page: int) -> list[Hit]:
        """The hits of one page, counted from 1."""
        start = (number - 1) * per_page
        return hits[start : start + per_page]

    def check(self) -> str:
        """`ok`, or what is wrong, as the API's health endpoint reports it."""
        return "ok" if self.available else "unreachable"
