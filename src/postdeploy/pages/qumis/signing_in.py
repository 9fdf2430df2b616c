"""Signs a person in, from the login page through the identity provider to the home page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp

from postdeploy.errors import CodeRefused, NotSeen
from postdeploy.pages.qumis.arrival import Journey, shown
from postdeploy.pages.qumis.home import HomePage
from postdeploy.pages.qumis.login import IdentityProvider, LoginPage, code_life
from postdeploy.recorded import refuse_recorded
from postdeploy.waiting import quiet

if TYPE_CHECKING:
    from playwright.async_api import Page

    from postdeploy.target import Target


async def sign_in(page: Page, target: Target, email: str, password: str, totp_secret: str) -> None:
    """Sign in; returns when the signed-in home page shows.

    A code that is refused is followed by the next one, half a minute later at most. Raises ProbeError
    when the provider refuses the credentials or both codes, and AssertionError with what is seen
    instead for any other end (an error page, a redirect loop, the login page again), and SignInRecorded
    where a trace or a film would hold the password.
    """
    refuse_recorded(page)
    try:
        await _sign_in(page, target, email, password, totp_secret)
    except CodeRefused:
        # A provider may take each code only once, and another sign-in may just have used this one.
        await quiet(code_life(pyotp.TOTP(totp_secret)))
        await _sign_in(page, target, email, password, totp_secret)


async def _sign_in(page: Page, target: Target, email: str, password: str, totp_secret: str) -> None:
    seconds = target.environment.bounds.page_seconds
    door, provider = LoginPage(page, target), IdentityProvider(page, target)
    home = HomePage(page, target)
    hosts = [url for name, url in target.environment.urls.items() if name in ("app", "api")]
    async with Journey(page, hosts, seconds) as journey:
        await door.open()
        await journey.arrive("the login page", door.sso)
        await door.sso.click()
        await journey.arrive("the identity provider's form", provider.email)
        await provider.give_credentials(email, password)
        await journey.arrive("the form for the one-time code", provider.code, provider.alert)
        await provider.tell_refusal()
        await provider.give_code(totp_secret)
        await journey.arrive("the home page", home.greeting, provider.alert, door.heading)
        if not await home.greeting.is_visible():
            await provider.tell_refusal()
            raise NotSeen(f"signed in at the provider, yet not let in: {await shown(page)}")
