"""What of a run's command line a repetition of its checks needs, to look at the same in the same way."""

import shlex
from collections.abc import Iterator
from typing import Final

VALUED: Final = frozenset(
    {
        *("--expect-version", "--bound", "--soak", "--wait-for-rollout", "--budget", "--at-once"),
        *("--reports", "--history", "--browser-endpoint", "--rootdir", "-c", "--config-file"),
        *("-o", "--override-ini"),
    }
)
FLAGS: Final = frozenset(
    {"--read-only", "--no-retry", "--no-sweep", "--allow-critical-waivers", "--headed"}
)
_MASK: Final = "[redacted]"


def kept_options(command: str) -> list[str]:
    """The options of that command line which decide what is looked at, but for system, environment and selection.

    One that a secret was taken out of is left out: it would not work as it stands there.
    """
    try:
        words = shlex.split(command)[1:]
    except ValueError:  # it was cut off, or somebody else wrote it
        return []
    return [word for option in _options(words) if _MASK not in "".join(option) for word in option]


def _options(words: list[str]) -> Iterator[list[str]]:
    rest = iter(words)
    for word in rest:
        name, joined, _ = word.partition("=")
        if word in FLAGS or (joined and name in VALUED):
            yield [word]
        elif word in VALUED and (value := next(rest, None)) is not None:
            yield [word, value]
