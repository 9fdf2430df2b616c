"""The files of the web application, held in memory so that a fault can change what is served."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

PLAIN = "text/plain; charset=utf-8"
STATIC = Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".html": "text/html; charset=utf-8",
}


def load_static(folder: Path) -> dict[str, str]:
    """Read every served file of a folder, keyed by its path within it (`pages/home.js`)."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.suffix in MEDIA_TYPES
    }


@dataclass(frozen=True)
class FixedAnswer:
    """An answer that stands in for a path's own."""

    status: int
    body: str
    media_type: str


@dataclass
class WebAssets:
    """What the web application serves: texts by module name, and fixed answers by path."""

    texts: dict[str, str] = field(default_factory=lambda: load_static(STATIC))
    answers: dict[str, FixedAnswer] = field(default_factory=dict)

    def replace(self, module: str, old: str, new: str) -> None:
        """Serve `new` wherever `old` stands in one module; ValueError when it stands nowhere."""
        text = self.texts.get(module)
        if text is None:
            raise ValueError(f"no web module is called {module!r}")
        if old not in text:
            raise ValueError(f"{old!r} does not stand in the web module {module!r}")
        self.texts[module] = text.replace(old, new)

    def answer(self, path: str, status: int, body: str, media_type: str = PLAIN) -> None:
        """Answer a path (`/health`) with this status and body from now on."""
        self.answers[path] = FixedAnswer(status, body, media_type)

    @property
    def build(self) -> str:
        """A short name of the present content: another as soon as any text is another."""
        digest = hashlib.sha256("\0".join(self.texts.values()).encode())
        return digest.hexdigest()[:12]
