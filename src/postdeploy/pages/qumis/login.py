"""The login page, and the identity provider's form behind it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pyotp
from playwright.async_api import Error as BrowserError

from postdeploy.errors import CodeRefused, NotSeen, ProbeError
from postdeploy.locators.declaration import Caption, Find
from postdeploy.pages.qumis.arrival import shown, texts
from postdeploy.waiting import quiet

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from postdeploy.target import Target

_LEAST_LIFE = 1.5
"""Seconds that a one-time code must still be valid for when it is typed."""


class LoginPage:
    """The page of the application that leads to the identity provider."""

    heading = Find("heading", "login.heading", level=1)
    heading_words = Caption("login.heading")
    sso = Find("link", "login.sso")

    def __init__(self, page: Page, target: Target) -> None:
        session = target.environment.session
        self.root = page
        self.target = target
        self._url = target.environment.urls["app"].rstrip("/") + (
            session.login_path if session else "/login"
        )

    async def open(self) -> None:
        """Go to the login page."""
        await self.root.goto(self._url, wait_until="commit")


class IdentityProvider:
    """The provider's form: e-mail and password, then a one-time code."""

    email = Find("field", "idp.email")
    password = Find("field", "idp.password")
    _go_on = Find("button", "idp.continue")
    code = Find("field", "idp.code", count="later")
    _verify = Find("button", "idp.verify", count="later")
    alert = Find("alert", count="later")
    _wrong_code = Caption("idp.wrong-code")
    _wrong_credentials = Caption("idp.wrong-credentials")

    def __init__(self, page: Page, target: Target) -> None:
        self.root = page
        self.target = target

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
        if self._wrong_code.lower() in alerts[0].lower():
            raise CodeRefused(
                f"the identity provider refused the test user's one-time code: {alerts[0].rstrip('.')}",
                mend="Put the right one-time-code secret into the environment's secrets",
            )
        if self._wrong_credentials.lower() in alerts[0].lower():
            raise ProbeError(
                f"the identity provider refused the test user's password: {alerts[0].rstrip('.')}",
                mend="Put the right e-mail and password into the environment's secrets",
            )
        raise NotSeen(f"signing in stopped: {await shown(self.root)}")


def code_life(totp: pyotp.TOTP) -> float:
    """Seconds until the present one-time code gives way to the next."""
    return totp.interval - time.time() % totp.interval


async def _type(field: Locator, name: str, value: str) -> None:
    """Fill a field without its value ever standing in an error message."""
    try:
        await field.fill(value)
    except BrowserError:
        raise NotSeen(f"the sign-in form's field for the {name} takes no text") from None
