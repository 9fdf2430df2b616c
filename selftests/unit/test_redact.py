"""Secrets are taken out of every text in whatever spelling; other words are left alone."""

from __future__ import annotations

import base64
import html
import json
import re
import textwrap
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postdeploy.redact import CODE_SECRET, MASK, Redactor
from postdeploy.spelling import normal, normal_with_places

SECRET = "Abc?>~/k+e \"n\\='&<42ü"
RAW = SECRET.encode()


SPELLINGS = {
    "plain": SECRET,
    "JSON": json.dumps(SECRET)[1:-1],
    "JSON, unescaped": json.dumps(SECRET, ensure_ascii=False)[1:-1],
    "Python": repr(SECRET)[1:-1],
    "path": quote(SECRET),
    "URL": quote(SECRET, safe=""),
    "URL, small escapes": re.sub("%..", lambda found: found[0].lower(), quote(SECRET)),
    "form": quote_plus(SECRET),
    "HTML attribute": html.escape(SECRET),
    "HTML text": html.escape(SECRET, quote=False),
    "base64": base64.b64encode(RAW).decode(),
    "base64, unpadded": base64.b64encode(RAW).decode().rstrip("="),
    "base64url": base64.urlsafe_b64encode(RAW).decode(),
    "base64url, unpadded": base64.urlsafe_b64encode(RAW).decode().rstrip("="),
    "JSON in JSON": json.dumps(json.dumps(SECRET))[3:-3],
    "JSON in JSON in JSON": json.dumps(json.dumps(json.dumps(SECRET)))[7:-7],
    "URL, twice": quote(quote(SECRET, safe=""), safe=""),
    "URL in HTML": html.escape(quote(SECRET)),
    "HTML, twice": html.escape(html.escape(SECRET)),
    "HTML in JSON": json.dumps(html.escape(SECRET))[1:-1],
    "HTML, every sign by its number": "".join(f"&#{ord(sign)};" for sign in SECRET),
    "HTML, every sign by its number in hex": "".join(f"&#x{ord(sign):X};" for sign in SECRET),
    "JSON, every sign escaped": "".join(f"\\u{ord(sign):04X}" for sign in SECRET),
    "JSON, some signs escaped": SECRET.replace("<", "\\u003C").replace("&", "\\u0026"),
    "URL, every sign escaped": "".join(f"%{byte:02x}" for byte in RAW),
    "bytes of Python": repr(RAW)[2:-1],
    "hex": RAW.hex(),
    "hex, capitals": RAW.hex().upper(),
    "in capitals": SECRET.upper(),
    "over two lines": f"{SECRET[:9]}\n    {SECRET[9:]}",
    "over two lines, told by an escape": f"{SECRET[:9]}\\n{SECRET[9:]}",
    "in colours": f"{SECRET[:4]}\x1b[39;49;00m\x1b[33m{SECRET[4:]}",
    "in groups": " ".join(textwrap.wrap(SECRET.replace(" ", ""), 4)),
    "with soft hyphens": "\u00ad".join(SECRET),
    "in Latin letters' old encoding": quote(SECRET, encoding="latin-1"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_spelling_is_taken_out(spelling: str) -> None:
    text = f"before {SPELLINGS[spelling]} after"
    assert Redactor([SECRET]).clean(text) == f"before {MASK} after"


def test_a_secret_within_another_leaves_nothing_of_the_longer_one() -> None:
    assert Redactor(["abcdef", "abcdef-ghijkl"]).clean("abcdef-ghijkl") == MASK


@pytest.mark.parametrize("value", ["", "admin", "12345"])
def test_a_short_value_does_not_blacken_words(value: str) -> None:
    assert Redactor([value]).clean(f"the {value} page") == f"the {value} page"


def test_a_value_that_appears_later_is_learnt() -> None:
    redactor = Redactor()
    redactor.learn("session-cookie-1")
    assert redactor.clean("Cookie: session-cookie-1") == f"Cookie: {MASK}"


def test_every_text_of_a_tree_is_cleaned_and_nothing_else() -> None:
    tree = {"a": ["secret-1", 2, None, {"key": ("x secret-1",)}], "b": True}
    assert Redactor(["secret-1"]).clean_tree(tree) == {
        "a": [MASK, 2, None, {"key": [f"x {MASK}"]}],
        "b": True,
    }


@pytest.mark.parametrize("before", ["", "u", "us", "use", "mia@harbor.example"])
@pytest.mark.parametrize("after", ["", "x", "xyz"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_of_any_text_around_a_secret_is_taken_out(
    before: str, after: str, encode: Callable[[bytes], bytes]
) -> None:
    text = encode(f"{before}:{SECRET}:{after}".encode()).decode()
    assert Redactor([SECRET]).clean(f"Basic {text} end") == f"Basic {MASK} end"


def test_what_is_escaped_and_then_in_base64_is_taken_out() -> None:
    body = base64.b64encode(json.dumps({"password": SECRET}).encode()).decode()
    assert Redactor([SECRET]).clean(body) == MASK


TOKEN = "0a1b2c3d4e5f60718293a4b5c6d7e8f9.ffeeddccbbaa99887766554433221100"


@pytest.mark.parametrize(
    "cut",
    [
        f"seen: {TOKEN[:30]}...",
        f"seen: {TOKEN[:13]}…",
        f"seen '{TOKEN[:14]}...{TOKEN[-14:]}' in place",
        f"the answer was 500 text/html: {TOKEN[:12]}",
        f"{TOKEN[-12:]} and more",
        f"{TOKEN[:50]}; and more",
        quote(TOKEN, safe="")[:20],
    ],
    ids=str,
)
def test_what_is_left_of_a_value_that_was_cut_is_taken_out(cut: str) -> None:
    cleaned = Redactor([TOKEN]).clean(cut)
    assert TOKEN[:12] not in cleaned
    assert TOKEN[-12:] not in cleaned
    assert MASK in cleaned


def test_a_beginning_that_two_values_share_is_none_of_them() -> None:
    text = f"{TOKEN[:12]} is the id of the thing"
    assert Redactor([TOKEN]).clean(text) == text


@pytest.mark.parametrize("word", ["welcome", "Welcome1", "WELCOME"])
def test_capitals_count_in_a_short_value(word: str) -> None:
    assert Redactor(["Welcome"]).clean(f"{word} home") == (f"{word} home".replace("Welcome", MASK))


@pytest.mark.parametrize("share", [0, 10, 25])
def test_a_code_is_taken_out_where_it_is_said_to_be_one(share: int) -> None:
    secret = pyotp.random_base32()
    redactor = Redactor()
    redactor.learn(secret, CODE_SECRET)
    code = pyotp.TOTP(secret).at(time.time() + share)
    for text in (f"code={code}&go=1", f'{{"otp": "{code}"}}', f'name="code" value="{code}"'):
        assert code not in redactor.clean(text)
    assert redactor.clean(f"a premium of {code} dollars") == f"a premium of {code} dollars"
    assert redactor.is_code(code)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer 9f8e7d6c5b4a39281706f5e4",
        '{"name": "authorization", "value": "Bearer 9f8e7d6c5b4a39281706f5e4"}',
        "https://app.example/callback?code=9f8e7d6c5b4a39281706f5e4&x=1",
        "https://app.example/callback#id_token=9f8e7d6c5b4a39281706f5e4",
        'answered {"access_token": "9f8e7d6c5b4a39281706f5e4"}',
        "https://bucket.example/a?X-Amz-Signature=9f8e7d6c5b4a39281706f5e4",
        "AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=9f8e7d6c5b4a39281706f5e49f8e7d6c5b4a39281706f5e4",
    ],
)
def test_a_token_that_nobody_told_is_known_by_its_place(text: str) -> None:
    cleaned = Redactor().clean(text)
    assert "9f8e7d6c5b4a39281706f5e4" not in cleaned
    assert MASK in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "https://app.example/documents?state=open&code=404&token=",
        "the session state: processing, code: NOT_FOUND, signature: missing",
        "Authorization: required; a bearer token is expected",
        "Authorization: Bearer your-token-here",
        'data-testid="vault-upload-button-primary" class="button primary"',
        "GET /api/v1/documents/6f9619ff-8b86-d011-b42d-00cf4fc964ff answered 404",
        "arn:aws:ecs:us-east-1:123456789012:task-definition/qumis-api:42",
        "a premium of $1,250,000 for the policy HO-2026-000417",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    redactor = Redactor([SECRET, TOKEN, "Mia-sandbox-2026", "postmark-sandbox-token"])
    redactor.learn(pyotp.random_base32(), CODE_SECRET)
    assert redactor.clean(text) == text


def test_the_place_of_each_byte_is_known_in_the_normal_form() -> None:
    text = b'a%2Fb &amp;quot; \\\\u00fc \x1b[1mx\x1b[0m \\ "'.lower()
    placed = normal_with_places(text)
    assert placed.data == normal(text)
    assert [text[slice(*placed.place(n, n + 1))] for n in range(3)] == [b"a", b"%2f", b"b"]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=6, max_size=40).filter(
        lambda value: len(normal(value.lower().encode())) >= 6 and value.lower() not in MASK
    ),
    st.sampled_from([str, json.dumps, repr, html.escape, quote, quote_plus]),
    st.sampled_from([str, json.dumps, html.escape, quote]),
)
def test_no_value_outlives_two_escapings(
    value: str, inner: Callable[[str], str], outer: Callable[[str], str]
) -> None:
    text = outer(inner(f"<{value}>"))
    assert value not in Redactor([value]).clean(text)
    assert MASK in Redactor([value]).clean(text)


def test_a_long_text_is_looked_through_fast() -> None:
    redactor = Redactor(f"{number:032x}" for number in range(10**30, 10**30 + 60))
    text = "An ordinary sentence of a page, with 12 words & some 'quotes'.\n" * 3000
    began = time.perf_counter()
    assert redactor.clean(text) is text
    assert time.perf_counter() - began < 2
