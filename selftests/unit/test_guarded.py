"""Forgeries of a guarded request's own token, and what is made of their answers."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from fixtures.guarded import RIGHT, forgeries, guard_faults, require_patience
from postdeploy.errors import ProbeError
from postdeploy.target import Guard, Refusal


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


HEAD = f"{_part(b'header')}.{_part(b'payload')}"
SIGNATURE = hmac.new(b"key", HEAD.encode(), hashlib.sha256).digest()
JWT = f"{HEAD}.{_part(SIGNATURE)}"
GUARD = Guard(url="https://a.example/b", refusals={"nobody": Refusal(bearer="")})


def test_of_a_signed_token_the_signature_alone_is_forged() -> None:
    forged = forgeries(JWT)
    changed = forged["its token, changed"]
    head, _, signature = changed.rpartition(".")
    assert head == HEAD
    assert base64.urlsafe_b64decode(signature + "=") != SIGNATURE
    assert forged["its token, unsigned"] == f"{HEAD}."


@pytest.mark.parametrize(
    "token", ["x", "sandbox-clinic-token", "a.b", "a..c", "7" * 9, "0a-0B" * 4]
)
def test_any_other_token_is_changed_in_its_middle(token: str) -> None:
    (changed,) = forgeries(token).values()
    assert len(changed) == len(token)
    assert [one for one in range(len(token)) if changed[one] != token[one]] == [len(token) // 2]
    assert changed.casefold() != token.casefold()


@pytest.mark.parametrize("seen", [{RIGHT: (429,)}, {RIGHT: (200,), "nobody": (401, 429)}])
def test_who_asks_too_often_is_neither_let_in_nor_refused(seen: dict[str, tuple[int, ...]]) -> None:
    assert guard_faults(GUARD, seen) == []
    with pytest.raises(ProbeError, match="429"):
        require_patience("", seen)


def test_who_got_in_is_told_beside_who_asked_too_often() -> None:
    assert guard_faults(GUARD, {RIGHT: (200,), "nobody": (200, 429)})
