"""What Chromium says of a connection that came to nothing (net::ERR_…), and of whom it speaks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from postdeploy.errors import NotSeen

PROXY_MEND = "Mend HTTP_PROXY, HTTPS_PROXY or NO_PROXY, or the proxy"
_SAID = re.compile(r"(net::(ERR_[A-Z0-9_]+))(?: at (\S+))?")
_PLACE = re.compile(r"https?://\S+?(?=[\s,;]|$)")


class Kind(Enum):
    """Of whom an error speaks."""

    PROXY = auto()
    """Of the proxy, before any host was reached."""
    ANSWER = auto()
    """Of the host: it answered, and no browser can make anything of that."""
    CONNECTION = auto()
    """Of the host, or of the machine that wanted to reach it."""


_BEGINNINGS = {
    Kind.PROXY: (
        "ERR_PROXY",
        "ERR_TUNNEL",
        "ERR_SOCKS",
        "ERR_UNEXPECTED_PROXY",
        "ERR_MANDATORY_PROXY",
        "ERR_HTTPS_PROXY",
        "ERR_INVALID_AUTH_CREDENTIALS",
        "ERR_NO_SUPPORTED_PROXIES",
        "ERR_PAC",
    ),
    Kind.ANSWER: (
        "ERR_TOO_MANY_REDIRECTS",
        "ERR_UNSAFE_REDIRECT",
        "ERR_INVALID_REDIRECT",
        "ERR_INVALID_RESPONSE",
        "ERR_INVALID_HTTP_RESPONSE",
        "ERR_RESPONSE_HEADERS",
        "ERR_CONTENT_DECODING",
        "ERR_CONTENT_LENGTH",
        "ERR_INCOMPLETE_CHUNKED",
        "ERR_INVALID_CHUNKED",
        "ERR_HTTP2_PROTOCOL",
        "ERR_HTTP_RESPONSE_CODE_FAILURE",
    ),
    Kind.CONNECTION: (
        "ERR_CONNECTION",
        "ERR_NAME",
        "ERR_DNS",
        "ERR_INTERNET",
        "ERR_ADDRESS",
        "ERR_TIMED_OUT",
        "ERR_EMPTY_RESPONSE",
        "ERR_NETWORK",
        "ERR_SOCKET",
        "ERR_SSL",
        "ERR_CERT",
        "ERR_BAD_SSL",
    ),
}


@dataclass(frozen=True)
class NetworkTrouble:
    """What was said, of whom, and about which address ("" where it was not told)."""

    kind: Kind
    told: str
    url: str


def network_trouble(error: BaseException) -> NetworkTrouble | None:
    """The trouble that an error of the browser's, or one of a page object about it, tells; else None."""
    if not isinstance(error, NotSeen) and not type(error).__module__.startswith("playwright."):
        return None
    line = (str(error).strip().splitlines() or [""])[0]
    said = _SAID.search(line)
    kind = _kind(said[2]) if said else None
    if said is None or kind is None:
        return None
    place = said[3] or next(iter(_PLACE.findall(line)), "")
    return NetworkTrouble(kind, line, place)


def _kind(name: str) -> Kind | None:
    found = (kind for kind, beginnings in _BEGINNINGS.items() if name.startswith(beginnings))
    return next(found, None)
