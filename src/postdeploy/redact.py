"""The one redactor: takes every known secret, in every spelling, out of a text."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
_ESCAPE = re.compile("%[0-9A-F]{2}")
_SHORTEST = 6
"""Values shorter than this would blacken ordinary words; such a secret guards nothing anyway."""


class Redactor:
    """Knows the secret values of a run; values learned later (cookies) are added as they appear."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._spellings: list[str] = []
        for value in values:
            self.learn(value)

    def learn(self, value: str) -> None:
        """Redact `value` from now on: plain, escaped, URL-encoded and base64."""
        if len(value) >= _SHORTEST:
            known = {*self._spellings, *_spellings(value)}
            self._spellings = sorted(known, key=len, reverse=True)

    def clean(self, text: str) -> str:
        """`text` without any known secret."""
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, MASK)
        return text

    def clean_tree(self, value: object) -> object:
        """`value` (of JSON's kinds) with every text in it cleaned."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, dict):
            return {str(key): self.clean_tree(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean_tree(inner) for inner in value]
        return value


def _spellings(value: str) -> Iterator[str]:
    yield value
    yield from (json.dumps(value, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
    yield repr(value)[1:-1]
    yield from (html.escape(value, quote=quotes) for quotes in (True, False))
    for quoted in (quote(value), quote(value, safe=""), quote_plus(value)):
        yield quoted
        yield _ESCAPE.sub(lambda escape: escape[0].lower(), quoted)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(value.encode()).decode()
        yield encoded
        yield encoded.rstrip("=")
