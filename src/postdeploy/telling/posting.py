"""Sends one letter: within a time, over a connection of its own, and again only where that does no harm.

These are the record's own requests, to none of the product's hosts, and after every check has ended: the policy of
the product's wire has no part in them. What holds instead: the address is one of the target file or the settings and
https (or on this machine), no redirect is followed, nothing is sent but the letter, and little is read.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import httpx

from postdeploy.plain import one_line, shortened
from postdeploy.probes.proxy import Proxies
from postdeploy.telling.letter import Answer, Letter

_ANSWER_BYTES: Final = 65_536
_NOTE: Final = 300
_PAUSE: Final = 1.0
_TOO_MANY: Final = 429
_TOO_MANY_AT_MOST: Final = 3
Outcome = Literal["told", "failed", "unknown"]


@dataclass(frozen=True)
class Sent:
    """How it ended; "unknown" means that it was sent and not answered, so that it may have arrived."""

    outcome: Outcome
    note: str = ""
    attempts: int = 0


class _Silent(Exception):
    """It was sent, and there was no answer."""


class _Unreached(Exception):
    """There was no connection, so that nothing was sent."""


@dataclass(frozen=True)
class Post:
    """What all letters of a run are sent with; `until` is the monotonic second by which all must be over."""

    until: float
    proxies: Proxies
    over: threading.Event
    """Set when nobody waits any longer: nothing more is sent then."""

    def send(self, letter: Letter) -> Sent:
        """Send it; whatever happens is an outcome."""
        attempts = 0

        def attempt() -> Answer:
            nonlocal attempts
            attempts += 1
            half = letter.repeatable and attempts == 1
            return self._exchange(letter, self._left() / (2 if half else 1))

        try:
            outcome, note = self._tried(letter, attempt)
        except Exception as error:  # a strange answer or setting is no reason to break anything
            outcome, note = "failed", f"it could not be sent: {type(error).__name__}"
        return Sent(outcome, shortened(one_line(note), _NOTE), attempts)

    def _tried(self, letter: Letter, attempt: Callable[[], Answer]) -> tuple[Outcome, str]:
        spare, busy = 1, 0
        while True:
            pause, outcome, again = _PAUSE, "failed", True
            try:
                answer = attempt()
            except _Unreached as error:
                note = f"no connection: {error}"
            except _Silent as error:
                note, outcome, again = str(error), "unknown", letter.repeatable
                pause = 0.0
            else:
                note = letter.refusal(answer)
                if not note:
                    return "told", ""
                if answer.status == _TOO_MANY:
                    busy += 1
                    spare, pause = int(busy < _TOO_MANY_AT_MOST), _retry_after(answer)
                again = answer.status >= 500 or answer.status == _TOO_MANY
            if not (again and spare and self._may_wait(pause)):
                return ("unknown" if outcome == "unknown" else "failed"), note
            spare -= 1

    def _left(self) -> float:
        return max(0.05, self.until - time.monotonic())

    def _may_wait(self, pause: float) -> bool:
        """Wait, if there is time for it and for something after it, and somebody still wants it."""
        return self._left() > pause + 0.1 and not self.over.wait(pause)

    def _exchange(self, letter: Letter, seconds: float) -> Answer:
        """Raises _Silent or _Unreached."""
        until = time.monotonic() + seconds
        try:
            with (
                self._client(letter.url, seconds) as client,
                client.stream(
                    "POST", letter.url, content=letter.body, headers=dict(letter.headers)
                ) as response,
            ):
                body = _read(response, until)
                return Answer(response.status_code, response.headers, body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise _Unreached(_reason(error)) from None
        except httpx.TimeoutException:
            raise _Silent(f"no answer within {seconds:.0f} s; it may have arrived") from None
        except httpx.TransportError as error:
            raise _Silent(f"no answer ({_reason(error)}); it may have arrived") from None

    def _client(self, url: str, seconds: float) -> httpx.Client:
        return httpx.Client(
            proxy=self.proxies.of(url) or None,
            verify=_trust(url),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(seconds),
            headers={"User-Agent": "postdeploy", "Accept-Encoding": "identity"},
        )


def _trust(url: str) -> ssl.SSLContext | bool:
    return httpx.create_ssl_context() if url.startswith("https:") else False


def _read(response: httpx.Response, until: float) -> bytes:
    """As much of the body as anybody would say, as it was sent: nothing is unpacked."""
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) >= _ANSWER_BYTES:
            break
        if time.monotonic() > until:
            raise _Silent("the answer had no end; it may have arrived")
    return body[:_ANSWER_BYTES]


def _retry_after(answer: Answer) -> float:
    """How long the receiver wants to be left alone, in seconds; a moment where it does not say so in seconds."""
    text = answer.headers.get("retry-after", "").strip()
    return max(_PAUSE, float(text)) if text.isascii() and text.isdigit() else _PAUSE


def _reason(error: httpx.TransportError) -> str:
    """Without the address, which may be a secret."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({cause.verify_message})"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return type(error).__name__
