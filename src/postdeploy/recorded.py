"""The guard of recordings: nobody signs in where a trace or a film would hold the password."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

_TRACED: WeakKeyDictionary[BrowserContext, bool] = WeakKeyDictionary()
"""Browser contexts that are recorded, and whether by a trace."""


class SignInRecorded(Exception):
    """A check was about to sign in where it is recorded: a mistake in the check."""

    def __init__(self) -> None:
        super().__init__(
            "signing in would be recorded here, password and code included; "
            "ask the flow for a page with signs_in=True, and call flow.record(page) once signed in"
        )


def is_recorded(context: BrowserContext, *, trace: bool = False) -> None:
    """From now on `context` is known to be filmed or, with `trace`, traced."""
    _TRACED[context] = trace


def is_traced(context: BrowserContext) -> bool:
    """Whether `context` is being traced."""
    return _TRACED.get(context, False)


def refuse_recorded(page: Page) -> None:
    """Raises SignInRecorded where what happens in the page is being recorded."""
    if page.context in _TRACED:
        raise SignInRecorded
