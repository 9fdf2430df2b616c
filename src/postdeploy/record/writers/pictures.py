"""Pictures of the evidence for a page that should hold them itself."""

import base64
from pathlib import Path
from typing import Final
from urllib.parse import quote

from postdeploy.record.model import Evidence

LARGEST_INSIDE: Final = 300_000  # bytes of one picture
LARGEST_SUM: Final = 8_000_000  # bytes of all pictures in a page
_KINDS: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
}


class Album:
    """Gives each piece of evidence its address: a data URI while there is room, else its path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._room = LARGEST_SUM

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

    def picture(self, evidence: Evidence) -> str:
        """The address for an image; empty when it is none."""
        address = self.address(evidence)
        if not address:
            return ""
        file = self._file(evidence)
        size = file.stat().st_size
        with file.open("rb") as stream:
            kind = _kind(stream.read(12))
        if not kind or size > min(LARGEST_INSIDE, self._room):
            return address if kind else ""
        self._room -= size
        return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"

    def _file(self, evidence: Evidence) -> Path:
        return self._folder / str(evidence.path)


def _kind(start: bytes) -> str:
    return next((kind for magic, kind in _KINDS.items() if start.startswith(magic)), "")
