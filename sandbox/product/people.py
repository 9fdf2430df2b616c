"""The people of the two organisations, who may sign in and what each may do."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pyotp

from sandbox.clock import CLOCK


@dataclass(frozen=True)
class Person:
    """Someone with an account; roles are member, viewer and admin."""

    email: str
    name: str
    role: str
    organisation: str

    @property
    def first_name(self) -> str:
        return self.name.split()[0]

    @property
    def password(self) -> str:
        return f"{self.first_name}-sandbox-2026"

    @property
    def totp_secret(self) -> str:
        """The shared secret of the one-time codes, in base32."""
        first = self.first_name.lower()
        return base64.b32encode((first * 16)[:16].encode()).decode()

    def as_json(self) -> dict[str, str]:
        """What the API tells about a person."""
        return {
            "email": self.email,
            "name": self.name,
            "first_name": self.first_name,
            "role": self.role,
            "organisation": self.organisation,
        }


HARBOR = "Harbor Brokerage"
SUMMIT = "Summit Insurance"
PEOPLE = (
    Person("mia.member@harbor.example", "Mia Member", "member", HARBOR),
    Person("max.member@harbor.example", "Max Member", "member", HARBOR),
    Person("mona.member@harbor.example", "Mona Member", "member", HARBOR),
    Person("milo.member@harbor.example", "Milo Member", "member", HARBOR),
    Person("tom.teammate@harbor.example", "Tom Teammate", "member", HARBOR),
    Person("tess.teammate@harbor.example", "Tess Teammate", "member", HARBOR),
    Person("tim.teammate@harbor.example", "Tim Teammate", "member", HARBOR),
    Person("tara.teammate@harbor.example", "Tara Teammate", "member", HARBOR),
    Person("vera.viewer@harbor.example", "Vera Viewer", "viewer", HARBOR),
    Person("vito.viewer@harbor.example", "Vito Viewer", "viewer", HARBOR),
    Person("viola.viewer@harbor.example", "Viola Viewer", "viewer", HARBOR),
    Person("vince.viewer@harbor.example", "Vince Viewer", "viewer", HARBOR),
    Person("ada.admin@harbor.example", "Ada Admin", "admin", HARBOR),
    Person("abel.admin@harbor.example", "Abel Admin", "admin", HARBOR),
    Person("anna.admin@harbor.example", "Anna Admin", "admin", HARBOR),
    Person("axel.admin@harbor.example", "Axel Admin", "admin", HARBOR),
    Person("olaf.outsider@summit.example", "Olaf Outsider", "member", SUMMIT),
    Person("olga.outsider@summit.example", "Olga Outsider", "member", SUMMIT),
    Person("otto.outsider@summit.example", "Otto Outsider", "member", SUMMIT),
    Person("ora.outsider@summit.example", "Ora Outsider", "member", SUMMIT),
)


class People:
    """The directory, as product and identity provider both know it."""

    def __init__(self) -> None:
        self._by_email = {person.email: person for person in PEOPLE}

    def all(self) -> list[Person]:
        """Everyone, in a fixed order."""
        return list(self._by_email.values())

    def find(self, email: str) -> Person | None:
        """The person with this e-mail address, whatever its case."""
        return self._by_email.get(email.strip().lower())

    def password_holds(self, person: Person, password: str) -> bool:
        """Whether the password is the person's."""
        return password == person.password

    def code_holds(self, person: Person, code: str) -> bool:
        """Whether the one-time code is of the current window or of a neighbouring one."""
        totp = pyotp.TOTP(person.totp_secret)
        return totp.verify(code.strip(), for_time=CLOCK.now(), valid_window=1)
