"""Pictures of the evidence for a page that should hold them itself."""

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

from postdeploy.record.model import Evidence

AS_IT_IS: Final = 60_000
"""Bytes; a larger picture is made smaller for the page, which leads to the whole one."""
LARGEST_SUM: Final = 4_000_000
"""Bytes of all pictures in a page; further ones are shown from their files."""
BOX: Final = (1120, 4000)
_QUALITY: Final = 72
_PIXELS: Final = 40_000_000
_KINDS: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
}


@dataclass(frozen=True)
class Picture:
    """A picture as the page shows it; `address` leads to the file itself."""

    evidence: Evidence
    source: str
    address: str
    reduced: bool = False


class Album:
    """Gives each piece of evidence its address, and pictures a data URI while there is room."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._room = LARGEST_SUM
        self._taken: dict[str, Picture | None] = {}

    def pictures(self, evidence: Iterable[Evidence]) -> list[Picture]:
        """Those of the evidence that are pictures and are there."""
        shown = (self._picture(one) for one in evidence)
        return [one for one in shown if one is not None]

    def others(self, evidence: Iterable[Evidence]) -> list[Evidence]:
        """All of the evidence that cannot be shown as a picture."""
        return [one for one in evidence if self._picture(one) is None]

    def address(self, evidence: Evidence) -> str:
        """The address for a link; empty when the file is missing or outside the folder."""
        if not evidence.stays_inside or not self._is_there(evidence):
            return ""
        return quote(str(evidence.path), errors="replace")

    def _is_there(self, evidence: Evidence) -> bool:
        try:
            file = self._file(evidence).resolve()
            return file.is_file() and file.is_relative_to(self._folder.resolve())
        except (OSError, ValueError):  # a name that no file can have
            return False

    def _picture(self, evidence: Evidence) -> Picture | None:
        path = evidence.path or ""
        if path not in self._taken:
            self._taken[path] = self._take(evidence) if path else None
        taken = self._taken[path]
        return replace(taken, evidence=evidence) if taken else None

    def _take(self, evidence: Evidence) -> Picture | None:
        address = self.address(evidence)
        if not address:
            return None
        try:
            whole = self._file(evidence).read_bytes()
        except OSError:
            return None
        kind = _kind(whole)
        if not kind:
            return None
        small = whole if len(whole) <= AS_IT_IS else _reduced(whole)
        if not small or len(small) > self._room:
            return Picture(evidence, address, address)
        self._room -= len(small)
        source = f"data:{_kind(small)};base64,{base64.b64encode(small).decode('ascii')}"
        return Picture(evidence, source, address, reduced=small is not whole)

    def _file(self, evidence: Evidence) -> Path:
        return self._folder / str(evidence.path)


def _kind(content: bytes) -> str:
    return next((kind for magic, kind in _KINDS.items() if content.startswith(magic)), "")


def _reduced(content: bytes) -> bytes:
    """The picture in fewer pixels and less sharp; nothing where it cannot be read."""
    from PIL import Image  # a page without large pictures does without it

    made = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > _PIXELS:
                return b""
            shown = picture.convert("RGB")
            shown.thumbnail(BOX)
            shown.save(made, "WEBP", quality=_QUALITY, method=4)
    except (OSError, ValueError, Image.DecompressionBombError):
        return b""
    small = made.getvalue()
    return small if len(small) < len(content) else content
