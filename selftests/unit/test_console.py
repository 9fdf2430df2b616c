"""What goes to a terminal or a CI system's log holds words and colours, in whatever pieces it is written."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postdeploy.cli import main
from postdeploy.console import Harmless, harmless_output
from postdeploy.plain import plain_text
from selftests.unit.ci_runner import obeyed
from selftests.unit.strangers import SAYINGS, strange

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def passed_on(*pieces: str) -> str:
    out = io.StringIO()
    stream = Harmless(out)
    for piece in pieces:
        stream.write(piece)
    return out.getvalue()


@st.composite
def in_pieces(draw: st.DrawFn) -> list[str]:
    """Lines of what strangers say, cut anywhere."""
    text = "\n".join(draw(st.lists(strange, min_size=1, max_size=4)))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@given(pieces=in_pieces())
def test_nothing_that_is_printed_is_obeyed(pieces: list[str]) -> None:
    out = passed_on(*pieces)
    assert obeyed(out) == []
    assert obeyed(COLOUR.sub("", out)) == []
    # Marks are counted in each piece by itself.
    left = re.sub("[\r\u0301]", "", COLOUR.sub("", out))
    assert plain_text(left) == left


@pytest.mark.parametrize("text", SAYINGS)
def test_each_saying_is_printed_as_words(text: str) -> None:
    out = passed_on(f"  note: ok\n{text}", "\nend\n")
    assert obeyed(out) == []
    assert not re.search("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]", out)
    assert out.endswith("\nend\n")


@pytest.mark.parametrize(
    ("pieces", "out"),
    [
        (["::error::x"], ": :error::x"),
        ([" \t", ":", ":", "error::x"], " \t: :error::x"),
        (["a ", "::error::x"], "a ::error::x"),
        (["tests/t.py", "::", "test_x ", "PASSED"], "tests/t.py::test_x PASSED"),
        (["\x1b[31m", "::error::x", "\x1b[0m"], "\x1b[31m: :error::x\x1b[0m"),
        (["see #", "#", "[error]x"], "see ## [error]x"),
        (["a\r\nb"], "a\nb"),
        (["\rover"], "\rover"),
        (["\r::error::x"], "\r: :error::x"),
        (["PASSED\rFAILED"], "PASSED\nFAILED"),
        (["\x1b[31;1mred\x1b[0m \x1b[38;5;12mblue\x1b[39;49;00m"],) * 2,
        (["\x1b]9;4;1;50\x1b\\"],) * 2,
        (["\x1b[8mhidden\x1b[2J\x1b[1A"], "hidden"),
        (["\x1b", "[2J"], "[2J"),
    ],
)
def test_own_colours_and_lines_pass(pieces: list[str], out: str | list[str]) -> None:
    assert passed_on(*pieces) == (out if isinstance(out, str) else "".join(out))


def test_whatever_else_is_asked_is_asked_of_the_stream_behind() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert Harmless(Terminal()).isatty()
    assert Harmless(sys.__stdout__).encoding == "utf-8"


def test_both_streams_are_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    with harmless_output():
        print("::error::out")
        print("\x1b]0;t\x07::error::err", file=sys.stderr)
    assert capsys.readouterr() == (": :error::out\n", ": :error::err\n")


def test_the_command_prints_nobodys_commands(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["record", "show", "\n::error::pwned\x1b[2J"]) == 4
    printed = capsys.readouterr().err
    assert "pwned" in printed
    assert obeyed(printed) == []
    assert "\x1b" not in printed
