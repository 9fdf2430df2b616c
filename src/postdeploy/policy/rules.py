"""The one rule set: which request may leave, and for the others a sentence that names what they lack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from postdeploy.policy.permit import Permit, Refused

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SOCKET: Final = "SOCKET"
"""Stands for the method of a web socket, in which whatever is said may be a write."""
SIGN_IN: Final = "sign-in"
SIGN_OUT: Final = "sign-out"
CLEANUP: Final = "cleanup"
PAGE: Final = "page"
"""What the product's pages send by themselves (telemetry, say): granted to every page, and to nothing else."""
READ_ONLY_KINDS: Final = frozenset({SIGN_IN, SIGN_OUT})
"""What a read-only run may send all the same: reading as a person takes a session."""
_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_LOCAL: Final = ("data", "blob", "about", "chrome-error")
"""Schemes of what stands in the page itself: nothing leaves for it."""
_OVERRIDES: Final = ("x-http-method-override", "x-http-method", "x-method-override")
"""Headers by which some frameworks take another method than the one on the request's first line."""
_NOWHERE: Final = ""


def authority(url: str) -> str:
    """Host and port that a request for `url` goes to, as "host:443"; "" where it goes nowhere.

    Raises ValueError for a scheme that is none of the web's.
    """
    parts = urlsplit(url)
    if parts.scheme in _LOCAL:
        return _NOWHERE
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is no address of the web")
    return f"{parts.hostname.rstrip('.')}:{parts.port or _PORTS[parts.scheme]}"


@dataclass(frozen=True)
class Wish:
    """A request that somebody is about to send."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """What it carries, where that is known."""

    @property
    def shown(self) -> str:
        """The request in a few words, without its query, which may hold secrets."""
        return f"{self.method} {self.url.partition('?')[0].partition('#')[0]}"

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.url).path or "/"

    @property
    def meant(self) -> str:
        """The method that the server may take it for."""
        named = (value for name, value in self.headers.items() if name.lower() in _OVERRIDES)
        return next(named, self.method).upper()


@dataclass(frozen=True)
class Rule:
    """A request that is declared: a method, a path in which `{…}` is one segment and a last `**` any number."""

    method: str
    path: str
    bases: frozenset[str]
    """Addresses of which the path is a continuation."""

    def matches(self, wish: Wish, at: str) -> str | None:
        """The segment that stands for `{id}` ("" without one), or None where the wish is another request."""
        if wish.meant != self.method or not _plain(wish.path):
            return None
        for base in self.bases:
            found = self._pattern(base).fullmatch(wish.path) if authority(base) == at else None
            if found is not None:
                return found.groupdict().get("id") or ""
        return None

    def _pattern(self, base: str) -> re.Pattern[str]:
        below = re.escape(urlsplit(base).path.rstrip("/"))
        path = self.path.partition("?")[0]
        return re.compile(below + "/".join(_segment(part) for part in path.split("/")))


def _segment(part: str) -> str:
    if part == "**":
        return ".*"
    if part == "{id}":
        return "(?P<id>[^/]+)"
    return "[^/]+".join(re.escape(text) for text in re.split(r"\{[^}]*\}", part))


def _plain(path: str) -> bool:
    """Whether no segment leads a server elsewhere than its text says."""
    parts = [unquote(part) for part in path.split("/")]
    return not any(part in (".", "..") or "/" in part or "\\" in part for part in parts)


@dataclass(frozen=True)
class Question:
    """A POST that only asks, by its whole address and body: a declared endpoint's (a GraphQL query, say)."""

    method: str
    url: str
    body: bytes

    def is_it(self, wish: Wish) -> bool:
        """Whether the wish is exactly this one."""
        return (wish.meant, wish.url, wish.body) == (self.method, self.url, self.body)


@dataclass(frozen=True)
class Policy:
    """What may be sent to one environment; hosts are compared as host and port."""

    file: str
    environment: str
    hosts: frozenset[str]
    """Every address that the target declares, for requests of the checks' own."""
    pages: frozenset[str]
    """The product's own origins: where its pages may come from, and where they may ask."""
    third_parties: frozenset[str]
    """Other hosts from which the product's pages may load."""
    writes: Mapping[str, tuple[Rule, ...]]
    reads: tuple[Rule, ...] = ()
    questions: tuple[Question, ...] = ()
    bases: frozenset[str] = frozenset()
    """The addresses under urls, which the declared paths continue."""
    read_only: bool = False

    @property
    def sockets(self) -> frozenset[str]:
        """Hosts to which a web socket is declared."""
        every = (rule for rules in self.writes.values() for rule in rules)
        return frozenset(
            authority(base) for rule in every if rule.method == SOCKET for base in rule.bases
        )

    def is_read(self, wish: Wish) -> bool:
        """Whether the request can change nothing, by its method."""
        return wish.meant in READS

    def require(self, wish: Wish, permit: Permit) -> None:
        """Raises Refused, which the permit remembers, unless a check of that permit may send it."""
        refused = self.judge(wish, permit, self.hosts)
        if refused is not None:
            raise permit.keep(refused)

    def of_page(self, wish: Wish, permit: Permit) -> Refused | None:
        """Why a page may not send it; None where it may."""
        refused = self.judge(wish, permit.widened(PAGE), self.pages | self.third_parties)
        if refused is not None and not refused.stranger and self._elsewhere(wish):
            return Refused(refused.what, mend=refused.mend, quiet=True)
        return refused

    def _elsewhere(self, wish: Wish) -> bool:
        """Whether a page's write is none to the product, or one that pages make by themselves."""
        return authority(wish.url) not in self.pages or self.is_pages_own(wish)

    def is_pages_own(self, wish: Wish) -> bool:
        """Whether the target file declares that pages send this by themselves."""
        return self._matching(wish, authority(wish.url), (PAGE,)) is not None

    def lets_pages_ask(self, url: str) -> bool:
        """Whether a page may load anything from there; what it may not is no trouble of the product's."""
        try:
            return authority(url) in self.pages | self.third_parties | {_NOWHERE}
        except ValueError:
            return False

    def judge(self, wish: Wish, permit: Permit, hosts: frozenset[str]) -> Refused | None:
        """Why it may not be sent to `hosts` under that permit; None where it may."""
        try:
            at = authority(wish.url)
        except ValueError as error:
            return Refused(f"{wish.shown} was not sent: {error}", stranger=True)
        if at == _NOWHERE:
            return None
        if at not in hosts:
            return self._stranger(wish, at)
        if wish.meant in READS or self._only_reads(wish, at):
            return None
        return self._write(wish, at, permit)

    def _only_reads(self, wish: Wish, at: str) -> bool:
        declared = any(rule.matches(wish, at) is not None for rule in self.reads)
        return declared or any(question.is_it(wish) for question in self.questions)

    def _write(self, wish: Wish, at: str, permit: Permit) -> Refused | None:
        if self.read_only and self._matching(wish, at, permit.kinds & READ_ONLY_KINDS) is None:
            return Refused(
                f"{wish.shown} was not sent: this run is read-only",
                mend="Run without --read-only, where the environment itself allows writes",
            )
        segment = self._matching(wish, at, permit.kinds)
        if segment is None:
            return self._undeclared(wish, at, permit)
        if permit.removable is not None and segment and segment not in permit.removable:
            return Refused(
                f"{wish.shown} was not sent: no ledger says that {segment!r} was made by a run of ours"
            )
        return None

    def _matching(self, wish: Wish, at: str, kinds: Iterable[str]) -> str | None:
        rules = (rule for kind in sorted(kinds) for rule in self.writes.get(kind, ()))
        found = (rule.matches(wish, at) for rule in rules)
        return next((segment for segment in found if segment is not None), None)

    def _below(self, wish: Wish, at: str) -> str:
        """The path as the target file would name it."""
        paths = {urlsplit(base).path.rstrip("/") for base in self.bases if authority(base) == at}
        fitting = [path for path in paths if wish.path.startswith(f"{path}/")]
        return wish.path.removeprefix(max(fitting, key=len, default=""))

    def _stranger(self, wish: Wish, at: str) -> Refused:
        return Refused(
            f"{wish.shown} was not sent: {self.environment} declares no {at}",
            mend=f"Name it under urls, or third_parties for what pages load, in {self.file}",
            stranger=True,
        )

    def _undeclared(self, wish: Wish, at: str, permit: Permit) -> Refused:
        fitting = [kind for kind in self.writes if self._matching(wish, at, (kind,)) is not None]
        if fitting:
            return Refused(
                f"{wish.shown} was not sent: its sender declares no write of the kind {fitting[0]!r}",
                mend=f"Add {fitting[0]!r} to {permit.where or 'what it declares'}",
            )
        kinds = ", ".join(sorted(permit.kinds - {PAGE}))
        declared = f" for {kinds}" if kinds else ""
        return Refused(
            f"{wish.shown} was not sent: no declared write{declared} allows it",
            mend=f'Put "{wish.meant} {self._below(wish, at)}" into requests of a [writes.<kind>] in {self.file}, '
            f"and that kind into {permit.where or 'what its sender declares'}",
        )
