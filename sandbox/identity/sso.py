"""What passes between product and identity provider: states, log-ins under way, and tokens."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from sandbox.product.people import People, Person

CLIENT_ID = "qumis"
TOKEN_SECONDS = 60.0


@dataclass
class Login:
    """A sign-in under way at the identity provider; `person` is known once the password held."""

    redirect_uri: str
    state: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    person: Person | None = None


class Sso:
    """Keeps sign-ins under way, and hands over who has signed in."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._logins: dict[str, Login] = {}
        self._returns: dict[str, str] = {}
        self._tokens: dict[str, tuple[Person, float]] = {}

    def begin(self, return_to: str) -> str:
        """Note where the product wants to go after signing in; return the state to send along."""
        state = secrets.token_urlsafe(18)
        self._returns[state] = return_to
        return state

    def end(self, state: str) -> str | None:
        """Where to go for a state that the product began, once."""
        return self._returns.pop(state, None)

    def open(self, redirect_uri: str, state: str) -> Login:
        """Begin a sign-in at the identity provider."""
        login = Login(redirect_uri, state)
        self._logins[login.id] = login
        return login

    def login(self, login_id: str) -> Login | None:
        """A sign-in under way."""
        return self._logins.get(login_id)

    def take_password(self, login: Login, email: str, password: str) -> bool:
        """Try e-mail and password; True if they hold."""
        person = self._people.find(email)
        if person is None or not self._people.password_holds(person, password):
            return False
        login.person = person
        return True

    def take_code(self, login: Login, code: str) -> str | None:
        """Try a one-time code; return the token for the product if it holds."""
        if login.person is None or not self._people.code_holds(login.person, code):
            return None
        self._logins.pop(login.id, None)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = (login.person, time.monotonic())
        return token

    def redeem(self, token: str) -> Person | None:
        """Who has signed in, for a fresh token, once."""
        person, issued = self._tokens.pop(token, (None, 0.0))
        return person if time.monotonic() - issued <= TOKEN_SECONDS else None
