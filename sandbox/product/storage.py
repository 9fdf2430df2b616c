"""The object store: the bytes of the documents."""

from __future__ import annotations

from sandbox.product.errors import NotFoundError


class Storage:
    """Keeps bytes by key, for as long as the process lives."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}

    def put(self, key: str, content: bytes) -> None:
        """Keep these bytes under the key."""
        self._objects[key] = content

    def get(self, key: str) -> bytes:
        """The bytes of the key; raises NotFoundError if there are none."""
        if key not in self._objects:
            raise NotFoundError("The file is not in the store.")
        return self._objects[key]

    def delete(self, key: str) -> None:
        """Forget the key."""
        self._objects.pop(key, None)

    def check(self) -> str:
        """`ok`, or what is wrong, as the API's health endpoint reports it."""
        return "ok"
