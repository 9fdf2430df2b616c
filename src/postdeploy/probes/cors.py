"""Observes whom an address lets call it from a browser: the preflight and the answer to each origin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import httpx

from postdeploy.target import Cors

_SAFELISTED = frozenset({"GET", "HEAD", "POST"})
"""Methods that no preflight needs to name, by the Fetch standard."""


@dataclass(frozen=True)
class Preflight:
    """The answer to the question whether an origin may call."""

    status: int
    origin: str
    """The origin that is let in, "" for none."""
    methods: frozenset[str]
    headers: frozenset[str]
    """Names in lower case."""

    def lacks(self, cors: Cors) -> list[str]:
        """What a browser would still need to be allowed, in words."""
        wanted = [name.lower() for name in cors.headers]
        lacking = [f"the header {name}" for name in wanted if not self._lets_in(name)]
        if cors.method not in _SAFELISTED | self.methods:
            lacking.append(f"the method {cors.method}")
        return lacking

    def _lets_in(self, header: str) -> bool:
        # By the Fetch standard "*" stands for every header but this one.
        return header in self.headers or ("*" in self.headers and header != "authorization")


async def observe_preflight(client: httpx.AsyncClient, cors: Cors, origin: str) -> Preflight:
    """Ask as a browser does before it calls from `origin`. Raises Unreachable or NoAnswer."""
    asked = {"Origin": origin, "Access-Control-Request-Method": cors.method}
    if cors.headers:
        asked["Access-Control-Request-Headers"] = ",".join(name.lower() for name in cors.headers)
    answer = await client.options(cors.url, headers=asked)
    told = answer.headers
    return Preflight(
        status=answer.status_code,
        origin=told.get("access-control-allow-origin", ""),
        methods=frozenset(_names(told.get("access-control-allow-methods", ""))),
        headers=frozenset(
            name.lower() for name in _names(told.get("access-control-allow-headers", ""))
        ),
    )


async def observe_allowed_origin(client: httpx.AsyncClient, cors: Cors, origin: str) -> str:
    """The origin that the answer to a GET from `origin` lets in, "" for none.

    Its status is of no interest: a browser keeps an error from the page as well, without that header.
    Raises Unreachable or NoAnswer.
    """
    answer = await client.get(cors.url, headers={"Origin": origin})
    return str(answer.headers.get("access-control-allow-origin", ""))


def lookalikes(origins: Sequence[str]) -> list[str]:
    """Origins of strangers that a rule which looks at a part of the name only takes for one of these."""
    near = (one for origin in origins for one in _lookalikes(urlsplit(origin)))
    return [one for one in dict.fromkeys(near) if one not in origins]


def _lookalikes(origin: SplitResult) -> Iterator[str]:
    host, port = str(origin.hostname), f":{origin.port}" if origin.port else ""
    yield f"{origin.scheme}://{host}.elsewhere.invalid{port}"
    yield f"{origin.scheme}://elsewhere-{host}{port}"
    if origin.scheme == "https":
        # What comes without encryption can be written by anybody on the way.
        yield f"http://{host}{port}"


def _names(header: str) -> list[str]:
    return [name.strip() for name in header.split(",") if name.strip()]
