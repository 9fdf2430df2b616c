"""What strangers may say, and the journal of a run in which they say it everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from selftests.unit.sample_journal import (
    Entry,
    attempt,
    check_entry,
    end_entry,
    item,
    plan_entry,
    run_entry,
)

SAYINGS = (
    "",
    " ",
    "Saved",
    "naïve ✓ 保険 👩\u200d💻 e\u0301",
    # HTML
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "</style></title></textarea><svg/onload=window.pwned=1>",
    "\"'><img src=x onerror=window.pwned=1>",
    "<!--",
    "]]>",
    "--><iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<meta http-equiv=refresh content='0;url=https://evil.test'>",
    "<base href=https://evil.test/>",
    "javascript:window.pwned=1",
    "data:text/html,<script>parent.pwned=1</script>",
    "https://evil.test/\"onmouseover='window.pwned=1'",
    "https://app.example@evil.test/?a=b&c=d#e",
    "{{ 7 * 7 }}{% include 'x' %}",
    "&lt;b&gt;&#60;script&#62;&amp;",
    # Markdown
    "| a | b |\n|---|---|\n| c |",
    "\\| \\\\| \\",
    "```\nend\n```\n# Heading",
    "`` ` `` ````",
    "- [x] done\n1. one\n> said\n---\n===",
    "- not a list",
    "1) nor this",
    "![picture](https://evil.test/p.png) [link](javascript:alert(1)) <https://evil.test>",
    "[ref]: https://evil.test 'x'",
    "[^1] **b** __b__ *i* _i_ ~~s~~ $x^2$ ==m==",
    "https://evil.test/a www.evil.test ftp://evil.test someone@evil.test mailto:a@evil.test",
    "@everyone @team/ops see #123, GH-7, owner/repo#5 :rotating_light: :+1:",
    # CI systems
    "::error file=a.py,line=1::pwned",
    "  ::set-output name=exit-code::0",
    "x\n::add-mask::e",
    "x\r::stop-commands::pwned",
    "\u2028::warning::w\u0085::error::e",
    "##[error]pwned ##[group]g ##vso[task.setvariable variable=a]b ##teamcity[testFailed]",
    "%0A::error::pwned%25",
    "EOF\nexit-code=0\nEOF",
    "section_start:1:a\r\x1b[0Kpwned",
    # Slack
    "<!channel> <@U1> <#C1|c> <https://evil.test|our record> *b* _i_ &amp;",
    # Terminals
    "\x1b[2J\x1b[H\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.test\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;cHduZWQ=\x07\x1b]0;title\x07",
    "\x1b]0;without an end",
    "\x1bP1$r\x1b\\\x1b_x\x1b\\\x1b",
    "\x9b31m\x9d0;t\x9c\x85\x84",
    "PASSED\rFAILED\b\b\b\b\b\bPASSED",
    "\u202etxt.exe\u202c \u2066x\u2069 \u200b\u200d\ufeff\u2060",
    "a" + "\u0301" * 50,
    # What is no text
    "\x00\x01\x0b\x0c\x7f\ufffe\uffff",
    "\ud83d",
    "\udc80 \ud83d\ude00 \ude00\ud83d",
    "\U000e0041\U000e0042\U0001fffe",
    # File names
    "../../etc/passwd",
    "con\x00.png",
    "long " + "x" * 3000,
    "=HYPERLINK(1)",
)
"""Each is a trick on some reader of the record, or a text that a careless trick would spoil."""

strange = st.one_of(
    st.sampled_from(SAYINGS),
    st.text(st.characters(), max_size=20),
    st.lists(
        st.one_of(st.sampled_from(SAYINGS[3:-2]), st.text(st.characters(), max_size=3)), max_size=3
    ).map("".join),
)


def strange_run(say: Callable[[], str], *, paths: bool = False) -> list[Mapping[str, Any]]:
    """A journal in which everything that a stranger can say is what `say` says next; with `paths`, the
    place of a file as well.
    """
    planned = [*_planned(say)]
    look = {"kind": "identity", "versions": {"api": say()}, "deployments": {"api": say()}}
    return [
        run_entry(
            tester=say(),
            reason=say(),
            system_title=say(),
            urls={"app": say(), "api": say()},
            command=say(),
        ),
        _waiver(say),
        plan_entry(planned, selected=[one["id"] for one in planned]),
        {**look, "when": "start"},
        *_attempts(say, paths=paths),
        *(
            check_entry(f"tests/t.py::test_{n}[{say()}]", "passed", title=say())
            for n in ("slow", "quick")
        ),
        {"kind": "warning", "text": say()},
        {"kind": "leftover", "title": say(), "id": say(), "url": say(), "note": say()},
        {**look, "when": "end"},
        end_entry(pytest_exit=1),
    ]


def _planned(say: Callable[[], str]) -> Iterator[Entry]:
    for name, weight in (("wrong", "R"), ("shaky", "F"), ("unseen", "F"), ("mild", "W")):
        yield item(name, weight=weight, title=say(), remediation=say(), indicator=say() or None)
    yield item("let.go", title=say())
    yield item("absent", title=say(), applicable=False, why=say())


def _waiver(say: Callable[[], str]) -> Entry:
    told = {"reason": say(), "owner": say(), "source": say()}
    return {"kind": "waiver", "item": "let.go", "until": "2026-12-01", **told}


def _attempts(say: Callable[[], str], *, paths: bool) -> Iterator[Entry]:
    for name in ("wrong", "mild", "let.go"):
        yield _attempt(
            say, name, "failed", evidence=_evidence(say, say() if paths else "evidence/b.zip")
        )
    yield _attempt(say, "unseen", "blocked")
    yield _attempt(say, "shaky", "failed")
    yield _attempt(say, "shaky", "passed", attempt=2)
    yield _attempt(say, f"stray {say()}", "failed")


def _attempt(say: Callable[[], str], name: str, outcome: str, **more: Any) -> Entry:
    told = {key: say() for key in ("note", "expected", "observed", "check_title")}
    return attempt(name, outcome, check=f"tests/t.py::test_{name}[{say()}]", **told, **more)


def _evidence(say: Callable[[], str], path: str) -> list[Entry]:
    return [
        {"kind": "text", "title": say(), "text": say()},
        {"kind": "link", "title": say(), "text": say()},
        {"kind": "screenshot", "title": say(), "path": "evidence/a.png"},
        {"kind": "trace", "title": say(), "path": path},
    ]
