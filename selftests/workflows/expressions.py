"""GitHub's expressions, as far as the project's workflows use them: evaluated as its runner does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Context = Mapping[str, Any]
_TOKEN = re.compile(
    r"\s*(?:(\|\||&&|==|!=|[!().,\[\]])|('(?:[^']|'')*')|(\d+(?:\.\d+)?)|([A-Za-z_][\w-]*))"
)
_WHOLE = re.compile(r"\$\{\{((?:'(?:[^']|'')*'|(?!\}\}).)*)\}\}", re.DOTALL)


def filled(text: str, context: Context) -> str:
    """The text with every `${{ … }}` replaced."""
    return _WHOLE.sub(lambda found: as_text(evaluate(found[1], context)), text)


def value(text: Any, context: Context) -> Any:
    """What a key of a workflow stands for: a value of any kind where it is one expression, else text."""
    if not isinstance(text, str):
        return text
    whole = _WHOLE.fullmatch(text.strip())
    return evaluate(whole[1], context) if whole else filled(text, context)


def as_text(found: Any) -> str:
    """As it is put into a text."""
    if found is None:
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    return found if isinstance(found, str) else json.dumps(found)


def evaluate(text: str, context: Context) -> Any:
    """The value of one expression; raises ValueError for what this evaluator does not know."""
    parser = _Parser(_tokens(text), context)
    found = parser.either()
    if parser.rest:
        raise ValueError(f"{parser.rest} after the end of {text!r}")
    return found


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"{text[at:]!r} is no expression")
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


class _Parser:
    """By descent: or, and, comparison, not, access."""

    def __init__(self, tokens: list[str], context: Context) -> None:
        self.rest = tokens
        self._context = context

    def either(self) -> Any:
        found = self._both()
        while self._takes("||"):
            other = self._both()
            found = found or other
        return found

    def _both(self) -> Any:
        found = self._compared()
        while self._takes("&&"):
            other = self._compared()
            found = found and other
        return found

    def _compared(self) -> Any:
        found = self._negated()
        for sign, wanted in (("==", True), ("!=", False)):
            if self._takes(sign):
                return _same(found, self._negated()) is wanted
        return found

    def _negated(self) -> Any:
        return not self._negated() if self._takes("!") else self._accessed()

    def _accessed(self) -> Any:
        found = self._simple()
        while self.rest and self.rest[0] in (".", "["):
            if self._takes("."):
                key = self.rest.pop(0)
            else:
                self._must("[")
                key = self.either()
                self._must("]")
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def _simple(self) -> Any:
        token = self.rest.pop(0)
        if token == "(":
            found = self.either()
            self._must(")")
            return found
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token[0].isdigit():
            return float(token) if "." in token else int(token)
        if token in ("true", "false", "null"):
            return json.loads(token)
        return self._called(token) if self._takes("(") else self._context[token]

    def _called(self, name: str) -> Any:
        arguments = []
        while not self._takes(")"):
            arguments.append(self.either())
            self._takes(",")
        status = self._context.get("_status", {})
        return status[name] if name in status else _FUNCTIONS[name](*arguments)

    def _takes(self, token: str) -> bool:
        if self.rest[:1] != [token]:
            return False
        del self.rest[0]
        return True

    def _must(self, token: str) -> None:
        if not self._takes(token):
            raise ValueError(f"{token!r} is missing before {self.rest}")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    if type(one) is type(other):
        return bool(one == other)
    return _number(one) == _number(other)


def _number(found: Any) -> float:
    """As the runner compares values of two kinds: null and "" are 0, and words no number at all."""
    if found is None or found == "":
        return 0.0
    try:
        return float(found)
    except (TypeError, ValueError):
        return float("nan")


def _format(text: str, *values: Any) -> str:
    return re.sub(r"\{(\d+)\}", lambda found: as_text(values[int(found[1])]), text)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "format": _format,
    "fromJSON": json.loads,
    "toJSON": json.dumps,
    "startsWith": lambda text, start: as_text(text).casefold().startswith(start.casefold()),
    "contains": lambda where, what: what in (where or ()),
}
