"""Only Playwright says that a browser is gone: the same words on a page are the product's own."""

from __future__ import annotations

import pytest
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as BrowserTimeout

from postdeploy.errors import ProbeError, is_crash

GONE = BrowserError("Page.goto: Target page, context or browser has been closed\nCall log:\n  - x")


def over(cause: Exception, error: Exception, *, told: bool) -> Exception:
    """An error as it is when it was raised over another one, by `from` or not."""
    error.__context__ = cause
    if told:
        error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        GONE,
        BrowserError("Connection closed while reading from the driver"),
        over(GONE, ProbeError("the page could not be read"), told=True),
        over(GONE, AssertionError("no alert"), told=False),
    ],
    ids=str,
)
def test_what_playwright_says_of_a_dead_browser_is_a_crash(error: Exception) -> None:
    assert is_crash(error)


@pytest.mark.parametrize(
    "error",
    [
        AssertionError("the page says ['Connection closed']"),
        ProbeError("the log has: Target crashed"),
        BrowserTimeout('Locator.click: Timeout 1 ms.\nCall log:\n  - get_by_text("Page crashed")'),
        over(ValueError("Browser closed"), AssertionError("it is wrong"), told=True),
    ],
    ids=str,
)
def test_the_products_own_words_are_none(error: Exception) -> None:
    assert not is_crash(error)
