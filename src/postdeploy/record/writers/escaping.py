"""Makes text from products, logs and people harmless in each kind of document."""

import re
from collections.abc import Iterator
from typing import Final

from postdeploy.plain import one_line, plain_text

_MARKDOWN: Final = re.compile(r"([\\`*_\[\]#~!])")
_HTML: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_CHARACTERS: Final = {"|": "&#124;", "$": "&#36;", "\u200b": "&#8203;"}
_REFERENCE: Final = re.compile(
    r"(?<=@)"  # mentions and addresses
    r"|(?<=#)(?=\w)|(?<=\bGH-)(?=\d)"  # issues
    r"|(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=mailto:)|(?<=xmpp:)"  # links
    r"|(?<=:)(?=(?:[a-z0-9_+-]*[a-z][a-z0-9_+-]*|[+-]1|100|1234):)",  # emoji
    re.IGNORECASE,
)
_BLOCK: Final = re.compile(r"^(\d*)([-+=.)])")


def markdown_text(text: str) -> str:
    """One line of text that Markdown shows as it is, in a table cell too: without markup, links,
    mentions, references or emoji of its own.
    """
    text = _entities(_REFERENCE.sub("\u200b", one_line(text)))
    text = _MARKDOWN.sub(r"\\\1", text)
    return "".join(_CHARACTERS.get(character, character) for character in text)


def markdown_line(text: str) -> str:
    """The same for a text that begins a line: it begins no list and no heading either."""
    return _BLOCK.sub(r"\1\\\2", markdown_text(text))


def markdown_code(text: str) -> str:
    """One line of text as inline code, in a table cell too."""
    text = one_line(text).replace("|", "¦")
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if "`" in text else f"`{text or ' '}`"


def workflow_data(text: str) -> str:
    """The message of a GitHub workflow command."""
    return plain_text(text).replace("%", "%25").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """A property of a GitHub workflow command, such as its title."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def slack_text(text: str, limit: int = 2900) -> str:
    """Text for Slack, at most so many UTF-16 units of it, with the three characters escaped that
    begin a mention or a link there.
    """
    parts: list[str] = []
    room = limit - 1
    for part in _slack_parts(plain_text(text)):
        room -= len(part) + (ord(part[-1]) > 0xFFFF)
        if room < 0:
            return "".join(parts).rstrip() + "…"
        parts.append(part)
    return "".join(parts)


def _slack_parts(text: str) -> Iterator[str]:
    return (_HTML.get(character, character) for character in text)


def _entities(text: str) -> str:
    return "".join(_HTML.get(character, character) for character in text)
