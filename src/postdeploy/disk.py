"""What a disk that refuses to take anything has to do with a run: nothing that speaks against the product."""

from __future__ import annotations

import errno
from pathlib import Path

_MENDS = {
    errno.ENOSPC: "free some space there, and run again",
    errno.EDQUOT: "the quota is spent: free some space there, and run again",
    errno.EFBIG: "files there may not become this large: raise the limit (ulimit -f), and run again",
    errno.EROFS: "it is mounted read-only: name another folder with --reports",
    errno.EACCES: "let this user write there, or name another folder with --reports",
    errno.EPERM: "let this user write there, or name another folder with --reports",
    errno.EIO: "the disk fails: name another folder with --reports",
    errno.ENOENT: "the folder was removed while the run went on: leave it alone, and run again",
}
REFUSALS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
"""What only a disk says, whatever was being done."""


def disk_trouble(error: OSError, folder: Path) -> str:
    """What the disk of the run's folder refused, and what to do about it, without a full stop."""
    why = error.strerror or str(error)
    place = str(error.filename or folder)
    mend = _MENDS.get(error.errno or 0, "look after the folder that --reports names")
    return f"{place}: {why}; {mend}"


def is_disk_trouble(error: BaseException) -> bool:
    """Whether an error says that a disk is full, or takes nothing."""
    return isinstance(error, OSError) and error.errno in REFUSALS
