"""The login page, and the identity provider's form behind it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pyotp
from playwright.async_api import Error as BrowserError

from postdeploy.errors import ProbeError
from postdeploy.pages.qumis.arrival import shown, texts
from postdeploy.waiting import quiet

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from postdeploy.target import Target

_LEAST_LIFE = 1.5
"""Seconds that a one-time code must still be valid for when it is typed."""


class CodeRefused(ProbeError):
    """The provider did not take the one-time code."""


class LoginPage:
    """The page of the application that leads to the identity provider."""

    def __init__(self, page: Page, target: Target) -> None:
        session = target.environment.session
        self._page = page
        self._url = target.environment.urls["app"].rstrip("/") + (
            session.login_path if session else "/login"
        )
        title = target.label("login.heading", "Sign in to Qumis")
        self.heading = page.get_by_role("heading", level=1, name=title, exact=True)
        self.sso = page.get_by_role(
            "link", name=target.label("login.sso", "Continue with SSO"), exact=True
        )

    async def open(self) -> None:
        """Go to the login page."""
        await self._page.goto(self._url, wait_until="commit")


class IdentityProvider:
    """The provider's form: e-mail and password, then a one-time code."""

    def __init__(self, page: Page, target: Target) -> None:
        self._page = page
        self._target = target
        label = target.label
        fields = page.locator("input")
        # A button that shows the password may carry the same label as its field.
        self.email = page.get_by_label(label("idp.email", "Email"), exact=True).and_(fields)
        self.password = page.get_by_label(label("idp.password", "Password"), exact=True).and_(
            fields
        )
        self.code = page.get_by_label(label("idp.code", "One-time code"), exact=True).and_(fields)
        self.alert = page.get_by_role("alert")
        self._go_on = page.get_by_role("button", name=label("idp.continue", "Continue"), exact=True)
        self._verify = page.get_by_role("button", name=label("idp.verify", "Verify"), exact=True)

    async def give_credentials(self, email: str, password: str) -> None:
        """Fill in e-mail and password, and go on."""
        await _type(self.email, "e-mail", email)
        await _type(self.password, "password", password)
        await self._go_on.click()

    async def give_code(self, totp_secret: str) -> None:
        """Fill in the present one-time code, and go on."""
        totp = pyotp.TOTP(totp_secret)
        if code_life(totp) < _LEAST_LIFE:
            await quiet(code_life(totp))
        await _type(self.code, "one-time code", totp.now())
        await self._verify.click()

    async def tell_refusal(self) -> None:
        """Raise ProbeError when an alert refuses credentials or code; AssertionError for others."""
        alerts = await texts(self.alert)
        if not alerts:
            return
        if self._says(alerts[0], "idp.wrong-code", "code is not valid"):
            raise CodeRefused(
                f"the identity provider refused the test user's one-time code: {alerts[0].rstrip('.')}",
                mend="Put the right one-time-code secret into the environment's secrets",
            )
        if self._says(alerts[0], "idp.wrong-credentials", "Wrong e-mail or password"):
            raise ProbeError(
                f"the identity provider refused the test user's password: {alerts[0].rstrip('.')}",
                mend="Put the right e-mail and password into the environment's secrets",
            )
        raise AssertionError(f"signing in stopped: {await shown(self._page)}")

    def _says(self, alert: str, key: str, words: str) -> bool:
        return self._target.label(key, words).lower() in alert.lower()


def code_life(totp: pyotp.TOTP) -> float:
    """Seconds until the present one-time code gives way to the next."""
    return totp.interval - time.time() % totp.interval


async def _type(field: Locator, name: str, value: str) -> None:
    """Fill a field without its value ever standing in an error message."""
    try:
        await field.fill(value)
    except BrowserError:
        raise AssertionError(f"the sign-in form's field for the {name} takes no text") from None
