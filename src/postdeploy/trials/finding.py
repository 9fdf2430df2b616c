"""What the doctor found, and how it is shown: a table that fits eighty columns, or JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest

from postdeploy.errors import ProbeError

_WIDTHS = (24, 30, 22)
_GAP = "  "


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: whether it is right, what was found, and what to do where it is not."""

    what: str
    right: bool
    told: str
    mend: str = ""

    def lines(self) -> Iterator[str]:
        """The finding as rows of the table."""
        result = f"{'ok' if self.right else 'MISSING'}: {self.told}"
        texts = (self.what, result, self.mend)
        cells = [
            textwrap.wrap(text, width, break_on_hyphens=False)
            for text, width in zip(texts, _WIDTHS, strict=True)
        ]
        yield from (_row(row) for row in zip_longest(*cells, fillvalue=""))


def missing(what: str, error: ProbeError) -> Finding:
    """What could not be observed."""
    return Finding(what, False, error.what, error.mend or "Look at what it says")


def head() -> Iterator[str]:
    """The head of the table."""
    yield _row(("tried", "result", "mend"))
    yield _row(["-" * width for width in _WIDTHS])


def _row(cells: Sequence[str]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def as_json(findings: Sequence[Finding]) -> str:
    """All findings, for a program to read."""
    return json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False)
