"""Text that the product, a log or a person wrote stays text in every document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postdeploy.plain import plain_text, shortened
from postdeploy.record.writers import escaping


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;title\x07after", "after"),
        ("bell\x07 null\x00 c1\x9b31m", "bell null c1"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
        ("gnp.\u202etxt\u2066", "gnp.‹U+202E›txt‹U+2066›"),
        ("lone \udc80 surrogate", "lone  surrogate"),
        ("naïve ✓ 保険", "naïve ✓ 保険"),
    ],
)
def test_plain_text_keeps_the_words_only(text: str, plain: str) -> None:
    assert plain_text(text) == plain


@given(st.text())
def test_plain_text_has_no_control_characters(text: str) -> None:
    plain = plain_text(text)
    assert not [c for c in plain if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160]
    assert "\x1b" not in plain
    assert plain_text(plain) == plain


@given(st.text())
def test_markdown_cell_stays_one_cell(text: str) -> None:
    cell = escaping.markdown_text(text)
    assert "\n" not in cell
    assert "|" not in cell.replace("\\\\", "").replace("\\|", "")
    assert "<" not in cell


@given(st.text())
def test_markdown_code_stays_one_cell(text: str) -> None:
    code = escaping.markdown_code(text)
    assert "\n" not in code
    assert "|" not in code


def test_workflow_command_cannot_be_ended_from_within() -> None:
    assert escaping.workflow_data("a\n::error::b 100%") == "a%0A::error::b 100%25"
    assert escaping.workflow_property("a,b::c") == "a%2Cb%3A%3Ac"


def test_slack_mentions_are_text() -> None:
    assert escaping.slack_text("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"


def test_shortened_text_is_as_long_as_allowed() -> None:
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("abcd", 4) == "abcd"
