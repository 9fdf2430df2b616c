"""What becomes a secret in the course of a run is known from the moment on which it passes by."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from functools import partial

import httpx
import pytest

from postdeploy.errors import ProbeError
from postdeploy.learning import LearningTransport, learn_signed, learn_state
from postdeploy.probes.aws.session import open_session
from postdeploy.redact import MASK, Redactor
from postdeploy.target import Aws
from postdeploy.tokens import looks_random, secret_headers
from selftests.unit.sample_aws import ACCOUNT, REGION, captive_portal

TOKEN = "9f8e7d6c5b4a39281706f5e4"


def learned_from(sent: Mapping[str, str], answered: list[tuple[str, str]]) -> Redactor:
    redactor = Redactor()

    async def scene() -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=answered))
        async with httpx.AsyncClient(transport=LearningTransport(transport, redactor)) as client:
            await client.get("http://127.0.0.1/", headers=sent)

    asyncio.run(scene())
    return redactor


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({"Authorization": f"Bearer {TOKEN}"}, []),
        ({"Authorization": "Basic " + base64.b64encode(f"mia:{TOKEN}".encode()).decode()}, []),
        ({"Cookie": f"theme=dark; sid={TOKEN}"}, []),
        ({"X-CSRF-Token": TOKEN}, []),
        ({"X-Postmark-Server-Token": TOKEN}, []),
        ({}, [("set-cookie", f"sid={TOKEN}; Path=/; HttpOnly")]),
        ({}, [("set-cookie", "theme=dark"), ("set-cookie", f"sid={TOKEN}; Secure")]),
    ],
)
def test_what_a_request_or_an_answer_carries_is_known(
    sent: Mapping[str, str], answered: list[tuple[str, str]]
) -> None:
    assert learned_from(sent, answered).clean(f"seen {TOKEN}") == f"seen {MASK}"


@pytest.mark.parametrize(
    "header",
    [
        ("set-cookie", "language=english-united-kingdom; Path=/"),
        ("set-cookie", "consent=accepted"),
        ("x-request-id", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
        ("authorization", "required"),
        ("x-session-state", "processing"),
    ],
)
def test_ordinary_words_in_headers_are_no_secrets(header: tuple[str, str]) -> None:
    assert list(secret_headers([header])) == []


def test_what_signing_in_left_in_the_browser_is_known() -> None:
    state = {
        "cookies": [
            {"name": "sid", "value": "abcdef", "httpOnly": False},
            {"name": "theme", "value": "dark-and-quiet", "httpOnly": False},
        ],
        "origins": [
            {
                "localStorage": [
                    {"name": "auth.token", "value": TOKEN},
                    {"name": "lastPage", "value": "documents-2026-11-21"},
                ]
            }
        ],
    }
    redactor = Redactor()
    learn_state(state, redactor, session_cookie="sid")
    text = f"abcdef {TOKEN} dark-and-quiet documents-2026-11-21"
    assert redactor.clean(text) == f"{MASK} {MASK} dark-and-quiet documents-2026-11-21"


@pytest.mark.parametrize(
    ("value", "random"),
    [(TOKEN, True), ("a" * 20, False), ("1234567890123", False), ("a b c 12 34 56", False)],
)
def test_a_token_looks_like_one(value: str, random: bool) -> None:
    assert looks_random(value) is random


def test_what_a_request_to_aws_is_signed_with_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLEEXAMPLE00")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCY")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "FwoGZXIvYXdzEBYaDH7FwoGZXIvYXdzEBYaDH7==")
    redactor = Redactor()
    with captive_portal() as url:
        aws = Aws(account=ACCOUNT, region=REGION, endpoint_url=url)
        session = open_session(aws, user_agent="t", signed=partial(learn_signed, redactor))
        with pytest.raises(ProbeError):
            session.ask("sts", "GetCallerIdentity", needs=("Account",))
    text = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY and FwoGZXIvYXdzEBYaDH7FwoGZXIvYXdzEBYaDH7=="
    assert redactor.clean(text) == f"{MASK} and {MASK}"
