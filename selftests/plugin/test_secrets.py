"""No file of a run and no line of its output holds a secret, in whatever spelling."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from selftests.plugin.project import TOKEN, Finished

SPELLINGS = {
    "plain": TOKEN,
    "url": quote(TOKEN, safe=""),
    "query": quote_plus(TOKEN),
    "path": quote(TOKEN),
    "base64": base64.b64encode(TOKEN.encode()).decode().rstrip("="),
    "json": json.dumps(TOKEN)[1:-1],
    "html": html.escape(TOKEN),
}


def test_the_echo_was_looked_at(mixed: Finished) -> None:
    assert mixed.outcomes["secret"] == "failed"
    assert "echoed: [redacted]" in mixed.items["secret"]["note"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_file_of_the_run_holds_the_token(mixed: Finished, spelling: str) -> None:
    files = [path for path in mixed.folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    secret = SPELLINGS[spelling].encode()
    assert [path.name for path in files if secret in path.read_bytes()] == []


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_terminal_shows_no_token(mixed: Finished, spelling: str) -> None:
    assert SPELLINGS[spelling] not in mixed.out
