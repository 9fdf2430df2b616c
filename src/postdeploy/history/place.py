"""Where the history is kept, as POSTDEPLOY_HISTORY says it: a folder, or s3://bucket/prefix."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from postdeploy import __version__
from postdeploy.errors import ConfigError, Problem
from postdeploy.history.bucket import Bucket
from postdeploy.history.folder import Folder
from postdeploy.history.store import Store

SETTING: Final = "POSTDEPLOY_HISTORY"
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_MEND: Final = "Name a folder, or s3://bucket/prefix"


@dataclass(frozen=True)
class Place:
    """A folder, or a bucket with a prefix."""

    folder: Path | None = None
    bucket: str = ""
    prefix: str = ""

    def __str__(self) -> str:
        return str(self.folder) if self.folder else f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def open(self) -> Store:
        """The store there; nothing is looked at before it is asked."""
        if self.folder is not None:
            return Folder(self.folder)
        return Bucket(self.bucket, self.prefix, f"postdeploy/{__version__}")


def find_place(text: str, root: Path) -> Place | None:
    """The place that a setting names, a folder relative to `root`; None for "". Raises ConfigError."""
    text = text.strip()
    if not text:
        return None
    scheme = _SCHEME.match(text)
    if scheme is None:
        return Place(folder=_folder(text, root))
    if scheme[1].lower() != "s3":
        raise ConfigError([Problem(SETTING, f"{text!r} is kept nowhere", _MEND)])
    return _in_s3(text)


def _folder(text: str, root: Path) -> Path:
    path = root / Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise ConfigError([Problem(SETTING, f"{path} is no folder", _MEND)])
    return path


def _in_s3(text: str) -> Place:
    _, _, rest = text.partition("://")
    bucket, _, prefix = rest.partition("/")
    prefix = prefix.strip("/")
    if not _BUCKET.fullmatch(bucket):
        raise ConfigError([Problem(SETTING, f"{text!r} names no bucket", _MEND)])
    if any(part in ("", ".", "..") for part in prefix.split("/")) and prefix:
        raise ConfigError([Problem(SETTING, f"{text!r} has an empty part in its prefix", _MEND)])
    return Place(bucket=bucket, prefix=prefix)
