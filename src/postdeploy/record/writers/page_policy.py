"""What a page that stands alone may load: its own style and script, which it names by their digests."""

from __future__ import annotations

import base64
import hashlib


def page_policy(style: str, script: str, images: str) -> str:
    """A content security policy that lets in this style, this script, images from these sources, and nothing else."""
    return (
        f"default-src 'none'; img-src {images}; style-src {_digest(style)}; script-src {_digest(script)};"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
