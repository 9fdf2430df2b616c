"""Secrets are taken out of every text in whatever spelling; other words are left alone."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

import pytest

from postdeploy.redact import MASK, Redactor

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
