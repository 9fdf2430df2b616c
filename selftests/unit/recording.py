"""A server that writes down every request that reaches it: the proof that one did, or did not, leave."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Self


class Recorder:
    """Answers 200 to everything, but for `pages` (path → HTML or script) and `redirects` (path → address)."""

    def __init__(
        self, pages: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.pages = dict(pages or {})
        self.redirects: dict[str, str] = {}
        self.heard: list[str] = []
        """ "POST /path", in order; "?" for what is no HTTP."""
        self.headers: list[dict[str, str]] = []
        self.connections = 0
        self.port = 0
        self._tls = tls
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()

    def writes(self) -> list[str]:
        """What was heard beside questions."""
        return [line for line in self.heard if not line.startswith(("GET ", "HEAD ", "OPTIONS "))]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lines = head.split("\r\n")
                method, _, rest = lines[0].partition(" ")
                path = rest.partition(" ")[0]
                headers = dict(
                    re.findall(r"^([^:\r\n]+): ?([^\r\n]*)", head.partition("\r\n")[2], re.M)
                )
                self.headers.append({name.lower(): value for name, value in headers.items()})
                self.heard.append(f"{method} {path}" if rest else "?")
                await reader.readexactly(int(self.headers[-1].get("content-length", 0)))
                writer.write(self._answer(path.partition("?")[0]))
                await writer.drain()
        writer.close()

    def _answer(self, path: str) -> bytes:
        body = self.pages.get(path, "").encode()
        kind = "text/javascript" if path.endswith(".js") else "text/html"
        lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        if path in self.redirects:
            lines[0] = "HTTP/1.1 307 Temporary Redirect"
            lines.append(f"Location: {self.redirects[path]}")
        lines += ["Access-Control-Allow-Origin: *", "Access-Control-Allow-Headers: *"]
        lines += ["Access-Control-Allow-Methods: *", "", ""]
        return "\r\n".join(lines).encode() + body
