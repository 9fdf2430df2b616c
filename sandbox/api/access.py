"""Who may call what: sessions from requests, and the rules of the roles."""

from __future__ import annotations

from typing import Literal

import sentry_sdk
from starlette.requests import Request

from sandbox.product.errors import ForbiddenError, UnauthenticatedError
from sandbox.product.people import Person
from sandbox.product.sessions import Session, Sessions

COOKIE = "qumis_session"
Need = Literal["read", "write", "admin"]


class Access:
    """Admits requests, or says why not."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def token(self, request: Request) -> str:
        """The token that came as bearer or as cookie; empty if none did."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return bearer.strip()
        return request.cookies.get(COOKIE, "")

    def session(self, request: Request) -> Session:
        """The request's session; raises UnauthenticatedError without a valid one."""
        session = self._sessions.find(self.token(request))
        if session is None:
            raise UnauthenticatedError("Please sign in.")
        return session

    def admit(self, request: Request, need: Need) -> Person:
        """Who is calling; raises UnauthenticatedError, or ForbiddenError if the role is too low."""
        person = self.session(request).person
        sentry_sdk.set_user({"email": person.email, "username": person.name})
        self.check_role(person, need)
        return person

    def check_role(self, person: Person, need: Need) -> None:
        """Viewers only read, and only admins administer; else ForbiddenError."""
        if need == "write" and person.role == "viewer":
            raise ForbiddenError("Viewers can only read.")
        if need == "admin" and person.role != "admin":
            raise ForbiddenError("Only administrators may do this.")
