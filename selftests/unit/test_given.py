"""What a shell makes of a variable that is not set, "", is refused by every option that steers."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from postdeploy import cli
from postdeploy.options import add_options

MAY_BE_EMPTY = {
    # Words for the record, and what `record attest` itself demands.
    "pytest --tester",
    "pytest --reason",
    "record attest --by",
    "record attest --note",
    # Inputs of the workflows, which hand over all that they have.
    "github plan --system",
    "github plan --environment",
    "github plan --expect-version",
    "github plan --reason",
    "github plan --shards",
    "github plan --read-only",
    "github plan --wait-for-rollout",
    "github plan --soak",
    "github plan --deployment",
    "github targets --without",
    "github report --expect-version",
    "github deployment --expect-version",
    "github deployment --deployment",
}
Read = Callable[[str], Any]


class Declared:
    """pytest's parser, as far as options are declared on it."""

    def __init__(self) -> None:
        self.readers: dict[str, Read] = {}

    def getgroup(self, *_: str) -> Declared:
        return self

    def addini(self, *_: str, **__: Any) -> None:
        """Ini keys are in a file, and no shell fills them in."""

    def addoption(self, name: str, **how: Any) -> None:
        if how.get("action", "store") in ("store", "append"):
            self.readers[f"pytest {name}"] = how.get("type", str)


def of_commands(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, Read]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from of_commands(below, f"{path}{name} ")
        elif action.nargs != 0:
            name = (action.option_strings or [action.dest])[0]
            yield path + name, cast("Read", action.type or str)


def every_reader() -> dict[str, Read]:
    declared = Declared()
    add_options(cast("pytest.Parser", declared))
    return declared.readers | dict(of_commands(cli._parser()))


def refuses(read: Read, text: str) -> bool:
    try:
        read(text)
    except argparse.ArgumentTypeError as error:
        return "is empty: the variable behind it is probably not set" in str(error)
    return False


@pytest.mark.parametrize("text", ["", "  "], ids=["empty", "blank"])
def test_every_option_that_steers_refuses_an_empty_text(text: str) -> None:
    taking = {name for name, read in every_reader().items() if not refuses(read, text)}
    assert taking == MAY_BE_EMPTY


def test_options_that_steer_are_among_them() -> None:
    known = {"pytest --env", "pytest --shard", "gate --env", "gate --max-age", "gate run"}
    assert known <= every_reader().keys()


@pytest.mark.parametrize(
    "given",
    [
        ["gate", "--env", ""],
        ["gate", ""],
        ["doctor", "--system="],
        ["record", "verify", "--seal", " "],
        ["history", "--env="],
        ["github", "report", "run", "--system", "qumis", "--env", ""],
    ],
    ids=" ".join,
)
def test_a_command_with_an_empty_option_ends_with_4_and_says_which(
    capsys: pytest.CaptureFixture[str], given: list[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(given)
    out, err = capsys.readouterr()
    option = given[-2] if not given[-1].strip() else given[-1].strip("=")
    assert (end.value.code, out) == (4, "")
    assert f"{option.removeprefix('gate') or 'run'}: is empty" in err
