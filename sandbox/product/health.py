"""What the API's health endpoint looks at."""

from __future__ import annotations

from sandbox.product.documents import Documents
from sandbox.product.jobs import Jobs
from sandbox.product.search_index import SearchIndex
from sandbox.product.storage import Storage


class Health:
    """Asks each service that the API needs."""

    def __init__(
        self, documents: Documents, jobs: Jobs, storage: Storage, index: SearchIndex
    ) -> None:
        self._documents = documents
        self._jobs = jobs
        self._storage = storage
        self._index = index

    def checks(self) -> dict[str, str]:
        """`ok`, or what is wrong, for each service."""
        return {
            "database": self._documents.check(),
            "redis": self._jobs.check(),
            "storage": self._storage.check(),
            "search": self._index.check(),
        }

    def answer(self) -> tuple[int, str, dict[str, str]]:
        """HTTP status, overall word and the checks."""
        checks = self.checks()
        healthy = all(value == "ok" for value in checks.values())
        return (200, "ok", checks) if healthy else (503, "error", checks)
