"""What gives itself away as a secret by its place or its shape, although nobody told its value."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Container, Iterable, Iterator
from http.cookies import CookieError, SimpleCookie

BEARER, COOKIE, CSRF, AUTHORIZATION = (
    "bearer token",
    "cookie",
    "CSRF token",
    "authorization header",
)
_SCHEMED = re.compile(r"(?i)(?:bearer|token|basic|negotiate)\s+(\S+)")
_GUARDED = re.compile(r"(?i)x-.*(token|key|secret|signature|auth|session)|.*(csrf|xsrf).*|api-?key")
"""Names of headers whose values are secrets."""
_FREE_OF_SECRETS = frozenset({"x-auth-request-redirect", "x-api-key-required"})
_VALUE = rb"[^\s\"'\\<>&;,(){}\[\]]"
_SENT = b"authorization"
_CERTAIN = {
    b"private key-----": re.compile(
        rb"-----begin [a-z ]*private key-----.{16,}?-----end [a-z ]*private key-----", re.DOTALL
    ),
    b"eyj": re.compile(rb"(?<![a-z0-9])eyj[\w-]{8,}\.eyj[\w-]{8,}\.[\w-]{8,}"),
    b"x-amz-s": re.compile(rb"x-amz-(?:signature|security-token)(?:=|%3d)(" + _VALUE + rb"{16,})"),
    _SENT: re.compile(
        rb"authorization[\"'\\]*(?:[,\s]*[\"'\\]*value[\"'\\]*)?\s*[:=][\s\"'\\]*"
        rb"(?:bearer|basic|token)\s+(" + _VALUE + rb"{8,})"
    ),
    b"aws4-hmac-sha256": re.compile(rb"aws4-hmac-sha256 [^\n]{0,300}?signature=([0-9a-f]{32,})"),
}
"""By a text without which none of it is there."""
_ASSIGNED = re.compile(rb"[=:][\s\"'\\]{0,6}([\w.~+/=%:|!*-]{12,})")
_KEY = re.compile(
    rb"(?:^|[?&;\s\"'{,\\#])"
    rb"(?:access_token|refresh_token|id_token|token|api[_-]?key|client_secret|session_?(?:id|token)|code|state|nonce"
    rb"|csrf[_-]?token|_csrf|csrfmiddlewaretoken|xsrf[_-]token|authenticity_token|saml(?:response|request)|assertion"
    rb"|signature|sig)[\"'\\\s]*$"
)
_DIGITS = re.compile(rb"[0-9]{6,}")
_CODE = re.compile(
    rb"(?:code|otp|totp|passcode|password|pin|mfa|2fa|token)[^0-9a-z]{1,12}(?:value[^0-9a-z]{1,8})?$"
)
_KEY_LENGTH = 40


def looks_random(value: str) -> bool:
    """Whether a value looks like a token rather than like a word, a name or a number."""
    if len(value) < 12 or not re.fullmatch(r"[\w.~+/=%:|!*-]+", value):
        return False
    digits = sum(letter.isdigit() for letter in value)
    letters = sum(letter.isalpha() for letter in value)
    return digits >= 2 and letters >= 2


def secret_headers(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Kind and value of each secret that headers carry, those of a request and those of an answer."""
    for name, value in headers:
        known = name.lower()
        if known in ("authorization", "proxy-authorization"):
            yield from _authorization(value)
        elif known == "cookie":
            yield from _cookies(value)
        elif known == "set-cookie":
            yield from _set_cookie(value)
        elif known not in _FREE_OF_SECRETS and _GUARDED.fullmatch(known) and looks_random(value):
            yield (CSRF if "sr" in known and "rf" in known else f"header {known}"), value


def _authorization(value: str) -> Iterator[tuple[str, str]]:
    schemed = _SCHEMED.fullmatch(value.strip())
    if schemed is None:
        return
    yield BEARER if value[:6].lower() == "bearer" else AUTHORIZATION, schemed[1]
    if value[:5].lower() == "basic":
        try:
            user_and_password = base64.b64decode(schemed[1], validate=True).decode()
        except (binascii.Error, ValueError):
            return
        yield AUTHORIZATION, user_and_password.partition(":")[2]


def _cookies(value: str) -> Iterator[tuple[str, str]]:
    for pair in value.split(";"):
        name, _, content = pair.strip().partition("=")
        if looks_random(content):
            yield f"{COOKIE} {name}", content


def _set_cookie(value: str) -> Iterator[tuple[str, str]]:
    pair, _, attributes = value.partition(";")
    name, _, content = pair.strip().partition("=")
    # What scripts may not read is meant for nobody's eyes, whatever it looks like.
    if looks_random(content) or (len(content) >= 8 and "httponly" in attributes.lower()):
        yield f"{COOKIE} {name}", content
        yield f"{COOKIE} {name}", _unquoted(pair, name) or content


def _unquoted(pair: str, name: str) -> str:
    try:
        morsel = SimpleCookie(pair).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def certain(low: bytes) -> Iterator[tuple[int, int]]:
    """Where a text in small letters holds what can be nothing but a secret: a private key, a signed token, …"""
    for mark, pattern in _CERTAIN.items():
        if mark in low:
            for found in pattern.finditer(low):
                # Of what is sent, pages for developers show examples: "Bearer your-token".
                if mark != _SENT or looks_random(found[1].decode("utf-8", "replace")):
                    yield found.span(pattern.groups)


def keyed(low: bytes) -> Iterator[tuple[int, int]]:
    """Where a text in small letters holds a value that looks random under a name that secrets go by."""
    for found in _ASSIGNED.finditer(low):
        start = found.start()
        named = _KEY.search(low, max(0, start - _KEY_LENGTH), start)
        if named and looks_random(found[1].decode("utf-8", "replace")):
            yield found.span(1)


def codes(low: bytes, known: Container[bytes]) -> Iterator[tuple[int, int]]:
    """Where a text in small letters holds one of the known one-time codes, and says that it is one."""
    for found in _DIGITS.finditer(low):
        start = found.start()
        if found[0] in known and _CODE.search(low, max(0, start - _KEY_LENGTH), start):
            yield found.span()
