"""What happens to a document in the background: it is read, and entered into the index."""

from __future__ import annotations

import asyncio

from sandbox.pace import Pace
from sandbox.product.documents import Document, Documents
from sandbox.product.facts import understand
from sandbox.product.jobs import Job, Jobs
from sandbox.product.pdf import pages_of
from sandbox.product.search_index import SearchIndex

INGEST = "document.ingest"
REINDEX = "document.reindex"


class Ingest:
    """Queues and does the work on documents."""

    def __init__(self, pace: Pace, documents: Documents, index: SearchIndex, jobs: Jobs) -> None:
        self._pace = pace
        self._documents = documents
        self._index = index
        self._jobs = jobs
        jobs.handlers[INGEST] = self.ingest
        jobs.handlers[REINDEX] = self.reindex

    def accept(self, document: Document) -> None:
        """Queue a new document's reading."""
        job = self._jobs.enqueue(INGEST, document.owner, {"document_id": document.id})
        document.job_id = job.id

    def changed(self, document: Document) -> None:
        """Queue a document's new entry into the index."""
        self._jobs.enqueue(REINDEX, document.owner, {"document_id": document.id})

    async def ingest(self, job: Job) -> None:
        """Read a document, index it, and call it Ready; Failed if it cannot be read."""
        document = self._documents.find(job.payload["document_id"])
        if document is None:
            return
        await asyncio.sleep(job.seconds)
        try:
            document.pages = await pages_of(self._documents.content(document))
        except Exception:
            document.status = "Failed"
            raise
        document.facts = understand(document.pages)
        await self.enter(document)
        document.status = "Ready"

    async def reindex(self, job: Job) -> None:
        """Enter a changed document anew."""
        document = self._documents.find(job.payload["document_id"])
        if document is not None and document.status == "Ready":
            await self.enter(document)

    async def enter(self, document: Document) -> None:
        """Put a document into the index, which lags."""
        await asyncio.sleep(self._pace.index_lag)
        self._index.put(document)
