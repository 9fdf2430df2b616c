"""Plain words out of what products, logs and people say: for every document, terminal and log."""

import re
from typing import Final

_ESCAPE_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x1b\\|\x07|\x9c)"  # titles, links
    r"|\x1b[\]PX^_]"  # one of these without an end: what follows is words
    r"|\x1b[ -/]*[0-~]"
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_END: Final = re.compile(r"\r\n?|[\u2028\u2029]")
# Overrides of the writing direction make a text read as something that it does not say, and what has
# no width makes two texts look alike. Both are shown, for they may be what is wrong.
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
    # The two joiners belong to some scripts, and to emoji.
    "|(?<![\u0590-\u1fff\u2100-\ufefe\U00010000-\U000dffff])[\u200c\u200d]"
    "|[\u200c\u200d](?![\u0590-\u1fff\u2100-\ufefe\U00010000-\U000dffff])"
)
_MARKS: Final = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILED: Final = re.compile(f"({_MARKS}{{4}}){_MARKS}+")
"""Marks upon marks upon one letter reach over the lines around it."""

_COMMAND: Final = re.compile(r"^(\s*)::", re.MULTILINE)
_MARKED: Final = re.compile(r"##(?=[\[A-Za-z])")


def plain_text(text: str) -> str:
    """The text without terminal escapes and control characters; line ends and tabs stay. What
    cannot be seen, and what changes the writing direction, is shown as ‹U+200B›.
    """
    text = _CONTROL.sub("", _ESCAPE_SEQUENCE.sub("", _LINE_END.sub("\n", text)))
    return _PILED.sub(r"\1", _UNSEEN.sub(_shown, text))


def _shown(found: re.Match[str]) -> str:
    return f"‹U+{ord(found[0]):04X}›"


def one_line(text: str) -> str:
    """Plain text with every run of white space as one space."""
    return " ".join(plain_text(text).split())


def console_text(text: str) -> str:
    """Plain text for a terminal, in which no line is a command to a CI system that reads along."""
    return without_commands(plain_text(text))


def without_commands(text: str) -> str:
    """The text with no line that GitHub's, GitLab's, Azure's or TeamCity's runner takes for a command,
    and as long as before.
    """
    return _MARKED.sub("♯#", _COMMAND.sub(r"\1∷", text))


def shortened(text: str, limit: int) -> str:
    """The text, or so much of it that it has at most `limit` characters with its ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"
