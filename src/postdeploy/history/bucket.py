"""Kept runs in S3: adds objects, reads them, lists them; no other call, and in no other bucket, leaves here."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import threading
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from queue import SimpleQueue
from typing import Any, Final

from postdeploy.history.store import HistoryError

CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 6
ATTEMPTS: Final = 2
_THREADS: Final = 16
_OPERATIONS: Final = frozenset({"PutObject", "GetObject", "ListObjectsV2"})
_TAKEN: Final = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
"""What S3 answers where an object of the name is there, or is just being made."""
FRESH_AT_LEAST: Final = 32
_INDICES_TRIED: Final = 3
_INDEX_AT_MOST: Final = 200_000_000


class Bucket:
    """Objects below a prefix of one bucket, with the credentials that boto3 finds by itself."""

    def __init__(self, bucket: str, prefix: str, user_agent: str = "") -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._user_agent = user_agent
        self.where = f"s3://{bucket}/{prefix}".rstrip("/")

    @cached_property
    def _client(self) -> Any:
        import boto3  # takes a third of a second, which runs without a history need not wait
        from botocore.config import Config

        # Not the probes' session: that one lets nothing through that writes.
        session = boto3.Session()
        session.events.register_first("provide-client-params.s3.*", self._refuse_others)
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=_THREADS,
            user_agent_extra=self._user_agent,
        )
        return session.client("s3", config=config)

    def _refuse_others(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if model.name not in _OPERATIONS or params.get("Bucket") != self._bucket:
            raise HistoryError(f"{model.name} is not called for the history {self.where}")
        if model.name == "PutObject" and params.get("IfNoneMatch") != "*":
            raise HistoryError(f"nothing in {self.where} is overwritten")

    @contextlib.contextmanager
    def _telling(self, action: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            told = error.response.get("Error", {})
            why = f"{told.get('Code')}: {told.get('Message')}"
            raise HistoryError(
                f"s3:{action} in {self.where}: {why}. docs/history.md has the policy"
            ) from error
        except BotoCoreError as error:
            raise HistoryError(f"s3:{action} in {self.where}: {error}") from error

    def names(self, under: str) -> Mapping[str, int]:
        """A thousand objects for each request."""
        with self._telling("ListBucket"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + under
            )
            listed = [one for page in pages for one in page.get("Contents", ())]
        return {one["Key"].removeprefix(self._prefix): int(one["Size"]) for one in listed}

    def read(self, name: str) -> bytes:
        """One object."""
        with self._telling("GetObject"):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            content: bytes = answer["Body"].read()
        return content

    def read_all(self, names: Iterable[str]) -> Iterator[tuple[str, bytes | HistoryError]]:
        """Several at a time."""
        todo = deque(names)
        number = len(todo)
        done: SimpleQueue[tuple[str, bytes | HistoryError]] = SimpleQueue()
        if todo:
            with self._telling("GetObject"):
                _ = self._client  # made once, and not by sixteen threads at the same time
        for _number in range(min(_THREADS, number)):
            # A pool's threads would keep the process from ending while S3 is silent.
            threading.Thread(target=self._work, args=(todo, done), daemon=True).start()
        for _number in range(number):
            yield done.get()

    def _work(self, todo: deque[str], done: SimpleQueue[tuple[str, bytes | HistoryError]]) -> None:
        with contextlib.suppress(IndexError):
            while True:
                name = todo.popleft()
                done.put(self._read_or_tell(name))

    def _read_or_tell(self, name: str) -> tuple[str, bytes | HistoryError]:
        try:
            return name, self.read(name)
        except HistoryError as error:
            return name, error
        except Exception as error:  # somebody waits for an answer to each name
            return name, HistoryError(f"{name} in {self.where}: {error!r}")

    def add(self, name: str, content: bytes) -> bool:
        """A conditional put: S3 itself refuses to overwrite."""
        from botocore.exceptions import ClientError

        with self._telling("PutObject"):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._prefix + name,
                    Body=content,
                    IfNoneMatch="*",
                    ContentType="application/json",
                    **({"ContentEncoding": "gzip"} if name.endswith(".gz") else {}),
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in _TAKEN:
                    return False
                raise
        return True

    def index(self, place: str) -> bytes:
        """The lines of the largest index; a damaged one is passed over for the next."""
        try:
            found = self.names(f"index/{place}/")
            for name in sorted(found, reverse=True)[:_INDICES_TRIED]:
                lines = _unpacked(self.read(name))
                if lines:
                    return lines
        except HistoryError:
            pass  # it only spares requests
        return b""

    def extend_index(self, place: str, fresh: Sequence[bytes], known: Sequence[bytes]) -> None:
        """Nothing can be appended in S3: now and then all lines are written anew, under a name of their own."""
        if len(fresh) < max(FRESH_AT_LEAST, len(known) // 10):
            return
        packed = gzip.compress(b"".join(line + b"\n" for line in (*known, *fresh)), mtime=0)
        digest = hashlib.sha256(packed).hexdigest()[:12]
        self.add(f"index/{place}/{len(known) + len(fresh):08}-{digest}.jsonl.gz", packed)

    def link(self, name: str) -> str:
        """The object's s3:// address."""
        return f"s3://{self._bucket}/{self._prefix}{name}"


def _unpacked(content: bytes) -> bytes:
    unpack = zlib.decompressobj(wbits=31)
    try:
        lines = unpack.decompress(content, _INDEX_AT_MOST)
    except zlib.error:
        return b""
    return lines if unpack.eof else b""
