"""The one redactor: takes every known secret, in every spelling, out of a text."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
_SHORTEST = 6
"""Values shorter than this would blacken ordinary words; such a secret guards nothing anyway."""


class Redactor:
    """Knows the secret values of a run; values learned later (cookies) are added as they appear."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._spellings: set[str] = set()
        for value in values:
            self.learn(value)

    def learn(self, value: str) -> None:
        """Redact `value` from now on: plain, JSON-escaped, URL-encoded and base64."""
        if len(value) < _SHORTEST:
            return
        encoded = base64.b64encode(value.encode()).decode()
        self._spellings |= {
            value,
            json.dumps(value)[1:-1],
            quote(value, safe=""),
            quote_plus(value),
            encoded,
            encoded.rstrip("="),
        }

    def clean(self, text: str) -> str:
        """`text` without any known secret."""
        for spelling in sorted(self._spellings, key=len, reverse=True):
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
