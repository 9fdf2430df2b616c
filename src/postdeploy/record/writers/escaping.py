"""Makes text from products, logs and people harmless in each kind of document."""

import re
from typing import Final

_ESCAPE_SEQUENCE: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x1b\\|\x07|$)"  # OSC and other strings: titles, links
    r"|\x1b.",
    re.DOTALL,
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Overrides of the writing direction make a text read as something that it does not say.
_DIRECTION: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MARKDOWN: Final = re.compile(r"([\\`*_\[\]#|~!])")
_HTML: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def plain_text(text: str) -> str:
    """The text without terminal escapes, control characters and direction overrides; line ends
    and tabs stay.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _DIRECTION.sub("", _CONTROL.sub("", _ESCAPE_SEQUENCE.sub("", text)))


def one_line(text: str) -> str:
    """Plain text with every run of white space as one space."""
    return " ".join(plain_text(text).split())


def markdown_text(text: str) -> str:
    """One line of text that Markdown shows as it is, in a table cell too."""
    return _MARKDOWN.sub(r"\\\1", _entities(one_line(text)))


def markdown_code(text: str) -> str:
    """One line of text as inline code, in a table cell too."""
    text = one_line(text).replace("|", "¦")
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"


def workflow_data(text: str) -> str:
    """The message of a GitHub workflow command."""
    return plain_text(text).replace("%", "%25").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """A property of a GitHub workflow command, such as its title."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def slack_text(text: str, limit: int = 2900) -> str:
    """Text for Slack's mrkdwn, which reads only these three characters as its own."""
    return shortened(_entities(plain_text(text)), limit)


def shortened(text: str, limit: int) -> str:
    """The text, or so much of it that it has at most `limit` characters with its ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


def _entities(text: str) -> str:
    return "".join(_HTML.get(character, character) for character in text)
