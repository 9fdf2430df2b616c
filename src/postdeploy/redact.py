"""The one redactor: takes every known secret, in every spelling, out of a text."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import pyotp

from postdeploy import tokens
from postdeploy.lookout import Lookout
from postdeploy.spelling import base64_cores, normal, normal_with_places, spellings

MASK = "[redacted]"
_MASK = MASK.encode()
_SHORTEST = 6
"""Values shorter than this would blacken ordinary words; such a secret guards nothing anyway."""
_CASE_COUNTS_BELOW = 12
"""A short value may be a word with a capital: it is found as it is written only."""
_CUT_LEAST, _CUT_SHARE = 12, 0.6
"""So many characters, or so much, of a value that was cut off is as good as the whole."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{20,}={0,2}")
_BASE64_AROUND = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-="
_CUT_BEFORE = re.compile(rb"(?:\.\.\.|\xe2\x80\xa6|\[\.\.\.\])['\"]?$")
_CUT_AFTER = re.compile(rb"['\"\\)\]}]*(?:\.\.\.|\xe2\x80\xa6|\[\.\.\.\])|['\"\\)\]}]*$")
_CODE_SECONDS = 30
ONE_TIME_CODE = "one-time code"
CODE_SECRET = "one-time-code secret"  # noqa: S105 - what one is called
"""How the kind of a secret begins from which one-time codes are made."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Needle:
    """One spelling of a secret; a `head` or a `tail` is the beginning or the end of one that was cut."""

    kind: str
    how: Literal["whole", "base64", "head", "tail"]
    exact: bytes = b""
    """As it has to be written, where capitals count."""
    whole: bytes = b""
    """Of a head or a tail: what it was cut from."""


@dataclass(frozen=True)
class Hit:
    """A secret in a text: where, and of which kind; never which."""

    start: int
    end: int
    kind: str


class Redactor:
    """Knows the secret values of a run; values learned later (cookies, tokens) are added as they appear."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._lookout = Lookout()
        self._needles: dict[bytes, tuple[Needle, ...]] = {}
        """By their spelling: two values may well begin alike."""
        self._learned: dict[str, str] = {}
        self._handed = 0
        self._code_secrets: list[str] = []
        self._codes: dict[int, frozenset[bytes]] = {}
        self._valid_codes: frozenset[bytes] = frozenset()
        self._periods = (0, 0)
        self._since = time.time()
        for value in values:
            self.learn(value)

    def learn(self, value: str, kind: str = "secret") -> None:
        """Redact `value` from now on, in whatever spelling; `kind` says what it is.

        Of a `CODE_SECRET` the codes are redacted, too, where a text says that they are codes.
        """
        if len(value) < _SHORTEST or value in self._learned or MASK in value:
            return
        self._learned[value] = kind
        if kind.startswith(CODE_SECRET):
            self._code_secrets.append(value)
            self._periods = (0, 0)
            self._codes.clear()
        exact = value.encode("utf-8", "surrogatepass") if len(value) < _CASE_COUNTS_BELOW else b""
        for spelling in spellings(value):
            self._add(spelling, Needle(kind, "whole", exact))
        for core in base64_cores(value):
            self._add(core, Needle(kind, "base64"))
        self._add_ends(value, kind)

    def learn_all(self, found: Iterable[tuple[str, str]]) -> None:
        """Kinds with values, as `tokens.secret_headers` finds them."""
        for kind, value in found:
            self.learn(value, kind)

    def _add(self, spelling: bytes, needle: Needle) -> None:
        if len(spelling) >= _SHORTEST and needle not in (known := self._needles.get(spelling, ())):
            self._needles[spelling] = (*known, needle)
            self._lookout.add(spelling)

    def _add_ends(self, value: str, kind: str) -> None:
        whole = value.encode("utf-8", "surrogatepass").lower()
        for form in {whole, normal(whole)}:
            length = max(8, min(_CUT_LEAST, round(_CUT_SHARE * len(form))))
            if len(form) > length:
                self._add(form[:length], Needle(kind, "head", whole=form))
                self._add(form[-length:], Needle(kind, "tail", whole=form))

    def new(self) -> list[tuple[str, str]]:
        """Kinds and values learned since this was last asked, for another process of the run; never for a file."""
        learned = list(self._learned.items())[self._handed :]
        self._handed += len(learned)
        return [(kind, value) for value, kind in learned]

    def clean(self, text: str) -> str:
        """`text` without any known secret, and without what gives itself away as one."""
        try:
            data = text.encode()
        except (
            UnicodeEncodeError
        ):  # two halves of one character are put together when it is written
            pairs = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
            data = pairs.encode("utf-8", "surrogatepass")
        cleaned = self.clean_bytes(data)
        return text if cleaned is data else cleaned.decode("utf-8", "replace")

    def clean_bytes(self, data: bytes) -> bytes:
        """As `clean`, for a whole file's content; the very same object when there is nothing to take out."""
        if len(data) < _SHORTEST:
            return data
        # What was cut off comes last: it may be the part of a whole value that needs no escape.
        for places in (self._given_away, self._whole, self._escaped, self._plain, self._packed):
            data = _masked(data, [(hit.start, hit.end) for hit in places(data)])
        return data

    def clean_tree(self, value: object) -> object:
        """`value` (of JSON's kinds) with every text in it cleaned, names of keys included."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, dict):
            return {self.clean(str(key)): self.clean_tree(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean_tree(inner) for inner in value]
        return value

    def kinds_in(
        self, data: bytes, *, begins: bool = True, ends: bool = True, binary: bool = False
    ) -> set[str]:
        """The kinds of the secrets in a text, without what is packed in it.

        Of a piece of a longer one, say whether it begins and ends there; in what is `binary` nothing is escaped.
        """
        found = {hit.kind for hit in self._plain(data, begins=begins, ends=ends)}
        if not found and not binary:
            low = data.lower()
            form = normal(low)
            found = {hit.kind for hit in self._in_normal(form, begins=begins, ends=ends)}
        found |= {
            "signed token or authorization" for _ in _unmasked(data, tokens.certain(data.lower()))
        }
        return found | {hit.kind for hit in self._codes_in(data.lower())}

    def is_code(self, text: str) -> bool:
        """Whether a text is one of the codes of this run."""
        return text.isdigit() and text.encode() in self._all_codes()

    @property
    def longest(self) -> int:
        """Length of the longest spelling, in bytes."""
        return self._lookout.longest

    def _given_away(self, data: bytes) -> Iterator[Hit]:
        low = data.lower()
        for places in (tokens.certain, tokens.keyed):
            for start, end in _unmasked(data, places(low)):
                yield Hit(start, end, "token")
        yield from self._codes_in(low)

    def _codes_in(self, data: bytes) -> Iterator[Hit]:
        for start, end in tokens.codes(data, self._all_codes()) if self._code_secrets else ():
            yield Hit(start, end, ONE_TIME_CODE)

    def _all_codes(self) -> frozenset[bytes]:
        """The codes that were, are, or in a moment will be valid in the course of the run."""
        first, last = int(self._since) // _CODE_SECONDS - 1, int(time.time()) // _CODE_SECONDS + 1
        if (first, last) != self._periods:
            made = {code for period in range(first, last + 1) for code in self._at(period)}
            self._valid_codes, self._periods = frozenset(made), (first, last)
        return self._valid_codes

    def _at(self, period: int) -> frozenset[bytes]:
        if period not in self._codes:
            self._codes[period] = frozenset(_made(self._code_secrets, period))
        return self._codes[period]

    def _plain(
        self, data: bytes, *, begins: bool = True, ends: bool = True, ends_too: bool = True
    ) -> Iterator[Hit]:
        low = data.lower()
        for at, spelling, needle in self._found(low):
            if not ends_too and needle.how in ("head", "tail"):
                continue
            span = _span(low, at, spelling, needle, begins=begins, ends=ends)
            if span is None or (needle.exact and not _written_so(data, span, needle, low)):
                continue
            yield Hit(*(_whole_run(data, span) if needle.how == "base64" else span), needle.kind)

    def _found(self, low: bytes) -> Iterator[tuple[int, bytes, Needle]]:
        for at, spelling in self._lookout.find(low):
            for needle in self._needles[spelling]:
                yield at, spelling, needle

    def _whole(self, data: bytes) -> Iterator[Hit]:
        return self._plain(data, ends_too=False)

    def _in_normal(self, form: bytes, *, begins: bool, ends: bool) -> Iterator[Hit]:
        for at, spelling, needle in self._found(form):
            # Without the spaces between them, the words of a text may well make up a short value.
            if needle.exact and needle.exact.isalnum():
                continue
            span = _span(form, at, spelling, needle, begins=begins, ends=ends)
            if span is not None:
                yield Hit(*span, needle.kind)

    def _escaped(self, data: bytes) -> Iterator[Hit]:
        low = data.lower()
        form = normal(low)
        if next(self._in_normal(form, begins=True, ends=True), None) is None:
            return
        placed = normal_with_places(low)
        for hit in self._in_normal(placed.data, begins=True, ends=True):
            start, end = placed.place(hit.start, hit.end)
            if MASK.encode() not in data[start:end]:
                yield Hit(start, end, hit.kind)

    def _packed(self, data: bytes) -> Iterator[Hit]:
        runs = [(found.span(), unpacked_base64(found[0])) for found in _BASE64.finditer(data)]
        # Hardly ever is there anything in them, and all at once they are looked through much faster.
        if not runs or not self.kinds_in(b"\n".join(inner for _, inner in runs)) - {ONE_TIME_CODE}:
            return
        for span, inner in runs:
            for kind in self.kinds_in(inner) - {ONE_TIME_CODE}:
                yield Hit(*span, kind)


def _unmasked(data: bytes, spans: Iterable[Span]) -> Iterator[Span]:
    return ((start, end) for start, end in spans if _MASK not in data[start:end])


def unpacked_base64(text: bytes) -> bytes:
    """What a run of base64, of either alphabet, holds; b"" when it is none."""
    whole = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    whole = whole[: len(whole) - (len(whole) % 4 == 1)]
    try:
        return base64.b64decode(whole + b"=" * (-len(whole) % 4))
    except (binascii.Error, ValueError):
        return b""


def _made(secrets: Sequence[str], period: int) -> Iterator[bytes]:
    for secret in secrets:
        try:
            yield pyotp.TOTP(secret).at(period * _CODE_SECONDS).encode()
        except (binascii.Error, ValueError):
            continue  # one that makes no codes is told of when somebody signs in with it


def _span(
    text: bytes, at: int, spelling: bytes, needle: Needle, *, begins: bool, ends: bool
) -> Span | None:
    """Where the secret lies; None for an end of it that was cut off nowhere."""
    end = at + len(spelling)
    if needle.how in ("whole", "base64"):
        return at, end
    whole = needle.whole
    if needle.how == "head":
        return _head(text, at, end, whole, ends=ends)
    return _tail(text, at, end, whole, begins=begins)


def _head(text: bytes, at: int, end: int, whole: bytes, *, ends: bool) -> Span | None:
    while end < len(text) and end - at < len(whole) and text[end] == whole[end - at]:
        end += 1
    if _much(end - at, whole):
        return at, end
    cut = _CUT_AFTER.match(text, end)
    return (at, end) if cut and (ends or cut.end() < len(text)) else None


def _tail(text: bytes, at: int, end: int, whole: bytes, *, begins: bool) -> Span | None:
    while at > 0 and end - at < len(whole) and text[at - 1] == whole[-(end - at) - 1]:
        at -= 1
    if _much(end - at, whole) or (begins and at == 0):
        return at, end
    return (at, end) if _CUT_BEFORE.search(text, max(0, at - 8), at) else None


def _much(length: int, whole: bytes) -> bool:
    return length >= max(_CUT_LEAST, _CUT_SHARE * len(whole))


def _written_so(data: bytes, span: Span, needle: Needle, low: bytes) -> bool:
    """Whether a short value stands there in its own capitals; where it is spelled otherwise, they do not count."""
    written = data[span[0] : span[1]]
    plain = low[span[0] : span[1]] == needle.exact.lower()
    return not plain or written == needle.exact


def _whole_run(data: bytes, span: Span) -> Span:
    start, end = span
    while start > 0 and data[start - 1] in _BASE64_AROUND:
        start -= 1
    while end < len(data) and data[end] in _BASE64_AROUND:
        end += 1
    return start, end


def _masked(data: bytes, spans: Sequence[Span]) -> bytes:
    """`data` with each span, overlapping ones together, replaced; the very same object without any."""
    if not spans:
        return data
    pieces, done, last = [], 0, -1
    for start, end in sorted(spans):
        if start >= last:
            pieces += [data[done:start], _MASK]
        last = done = max(last, end)
    return b"".join([*pieces, data[done:]])
