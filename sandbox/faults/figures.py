"""Figures that are nearly right."""

from __future__ import annotations

import re

_FIGURE = re.compile(r"\$(\d[\d,]*)")


def nearly_right(text: str, count: int = 0) -> str:
    """The text with its dollar figures raised by 500; only the first `count` ones unless 0."""

    def raised(match: re.Match[str]) -> str:
        return f"${int(match[1].replace(',', '')) + 500:,}"

    return _FIGURE.sub(raised, text, count=count)
