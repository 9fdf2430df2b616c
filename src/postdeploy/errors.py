"""The two kinds of trouble that are not the product's: files to mend, and things that could not be observed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it stands (file and key), what is wrong, and what to do."""

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what.removesuffix('.')}. {self.mend}"


class ConfigError(Exception):
    """The user's own files or options are wrong; carries every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ProbeError(Exception):
    """Something could not be observed; says why and what to do, and is never the product's fault.

    `mend` is a sentence with the permission, login or setting that is missing.
    """

    def __init__(self, what: str, *, mend: str = "") -> None:
        self.what = what
        self.mend = mend
        super().__init__(f"{what}. {mend}".removesuffix(". ") if mend else what)


class NotSeen(AssertionError):
    """Something that was waited for did not come: a failure of the product, which another attempt may not see again.

    What did come and was wrong is a plain AssertionError, and stays a failure whatever a retry sees (docs/adr/0008).
    """


class CodeRefused(ProbeError):
    """An identity provider did not take a one-time code."""


class Unreachable(ProbeError):
    """No answer came from a host; whether it is down or the runner is offline is for a control probe to tell."""

    def __init__(self, url: str, why: str) -> None:
        self.url = url
        super().__init__(f"{url} could not be reached ({why})")


ENDINGS: Final = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit)
"""They end a task or the process, and are no answer to anything; whatever else is raised in a check is judged."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The tail of a sentence that offers the most similar known name, or lists the few that there are."""
    names = sorted(set(known))
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]!r}?"
    if names and len(names) <= 12:
        return f"Known: {', '.join(names)}."
    return ""


_DEAD_BROWSER = (
    "Target page, context or browser has been closed",
    "Target crashed",
    "Page crashed",
    "Browser closed",
    "Connection closed",
)


def is_crash(error: BaseException) -> bool:
    """Whether an error of Playwright's, or one made of it, says that the browser, or the page in it, is gone.

    The same words in anybody else's mouth may be the product's own.
    """
    return any(_says_gone(one) for one in _with_causes(error))


def is_playwright(error: BaseException) -> bool:
    """Whether it is Playwright itself that says this."""
    return type(error).__module__.startswith("playwright.")


def _says_gone(error: BaseException) -> bool:
    # What it waited for stands behind these words, and may be a text of the product.
    told = str(error).partition("Call log:")[0]
    return is_playwright(error) and any(word in told for word in _DEAD_BROWSER)


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised over, as a traceback shows them."""
    told: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in told:
        yield following
        told.append(following)
        hidden = following.__suppress_context__
        following = following.__cause__ or (None if hidden else following.__context__)
