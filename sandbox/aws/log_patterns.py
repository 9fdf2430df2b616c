"""Reads the filter patterns of FilterLogEvents for unstructured text."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r'(?P<sign>[?-]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>\S+))')
_WORD = re.compile(r"\w+")


class PatternError(ValueError):
    """The pattern is one that CloudWatch Logs, or this stand-in, refuses."""


@dataclass(frozen=True)
class TextPattern:
    """What a line must hold (all of it), may hold (any of it), and must not hold."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    expression: re.Pattern[str] | None = None

    def matches(self, line: str) -> bool:
        """Say whether the line is one that the pattern asks for; letter case counts."""
        if self.expression is not None:
            return self.expression.search(line) is not None
        if any(term in line for term in self.excluded):
            return False
        if self.required:
            # CloudWatch ignores the ?terms as soon as a plain term stands beside them.
            return all(term in line for term in self.required)
        return not self.optional or any(term in line for term in self.optional)


def parse_pattern(text: str | None) -> TextPattern:
    """Read a pattern.

    Raises PatternError for a term that needs quotes, and for the JSON and column forms.
    """
    stripped = (text or "").strip()
    if not stripped:
        return TextPattern()
    if stripped[0] in "{[":
        raise PatternError("JSON and space-delimited patterns are not served by the sandbox")
    if len(stripped) > 2 and stripped[0] == stripped[-1] == "%":
        return TextPattern(expression=_compile(stripped[1:-1]))
    return _terms(stripped)


def _compile(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        raise PatternError(f"Invalid filter pattern: {error}") from error


def _terms(text: str) -> TextPattern:
    found: dict[str, list[str]] = {"": [], "?": [], "-": []}
    for match in _TOKEN.finditer(text):
        found[match["sign"]].append(_term(match))
    return TextPattern(tuple(found[""]), tuple(found["?"]), tuple(found["-"]))


def _term(match: re.Match[str]) -> str:
    phrase: str | None = match["phrase"]
    if phrase is not None:
        return re.sub(r"\\(.)", r"\1", phrase)
    word: str = match["word"]
    if not _WORD.fullmatch(word):
        raise PatternError(f"Invalid character(s) in term '{word}'")
    return word
