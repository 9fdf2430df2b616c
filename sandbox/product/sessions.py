"""Sessions: opaque signed tokens, and what the server remembers of each."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field

from sandbox.product.people import Person


@dataclass
class Session:
    """One signed-in person; `last_seen` is a monotonic time in seconds."""

    id: str
    person: Person
    last_seen: float = field(default_factory=time.monotonic)


class Sessions:
    """Issues tokens, finds the session of one, and forgets those that idled too long."""

    def __init__(self, idle_seconds: float) -> None:
        self.idle_seconds = idle_seconds
        self._key = secrets.token_bytes(32)
        self._sessions: dict[str, Session] = {}

    def create(self, person: Person) -> str:
        """Begin a session and return its token."""
        session = Session(secrets.token_hex(16), person)
        self._sessions[session.id] = session
        return f"{session.id}.{self.signature(session.id)}"

    def signature(self, session_id: str) -> str:
        """The part of a token that proves that it was issued here."""
        return hmac.new(self._key, session_id.encode(), hashlib.sha256).hexdigest()

    def find(self, token: str) -> Session | None:
        """The live session of a token, or None if it is forged, ended or idle for too long."""
        session_id = self.verified_id(token)
        session = self._sessions.get(session_id) if session_id else None
        if session is None or self.is_idle(session):
            return None
        session.last_seen = time.monotonic()
        return session

    def verified_id(self, token: str) -> str | None:
        """The session id within a token whose signature is right."""
        session_id, _, signature = token.partition(".")
        right = self.signature(session_id)
        if hmac.compare_digest(signature.encode(), right.encode()):
            return session_id
        return None

    def is_idle(self, session: Session) -> bool:
        """Whether nothing was asked in this session for longer than allowed."""
        return time.monotonic() - session.last_seen > self.idle_seconds

    def end(self, session: Session) -> None:
        """Forget a session."""
        self._sessions.pop(session.id, None)

    def live(self) -> list[Session]:
        """The sessions that would be accepted now."""
        return [session for session in self._sessions.values() if not self.is_idle(session)]
