"""What the probes call in AWS, what they may call, and both documents of it are the same."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from postdeploy.probes.aws.allowed import ALLOWED, iam_action

ROOT = Path(__file__).resolve().parents[2]
PROBES = sorted((ROOT / "src/postdeploy/probes/aws").glob("*.py"))
POLICY = ROOT / "docs/aws-permissions.json"
TABLE = ROOT / "docs/aws-permissions.md"
ASKING = ("ask", "pages")


def allowed() -> set[str]:
    return {
        iam_action(service, one) for service, operations in ALLOWED.items() for one in operations
    }


def questions(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in ASKING:
            yield node


def called() -> set[str]:
    found = set()
    for path in PROBES:
        for call in questions(path):
            service, operation = (ast.literal_eval(argument) for argument in call.args[:2])
            found.add(iam_action(service, operation))
    return found


def test_every_question_names_its_operation_as_a_literal() -> None:
    hidden = [
        f"{path.name}:{call.lineno}"
        for path in PROBES
        for call in questions(path)
        if [type(argument) for argument in call.args[:2]] != [ast.Constant] * 2
    ]
    assert hidden == []


def test_nobody_goes_past_the_session() -> None:
    others = [path for path in PROBES if path.name != "session.py"]
    past = [path.name for path in others if ".client(" in path.read_text(encoding="utf-8")]
    assert past == []


def test_probes_call_exactly_what_they_may() -> None:
    assert called() == allowed()


def test_policy_holds_exactly_what_is_called() -> None:
    policy = json.loads(POLICY.read_text(encoding="utf-8"))
    (statement,) = policy["Statement"]
    assert (statement["Effect"], sorted(statement["Action"])) == ("Allow", sorted(called()))
    assert statement["Action"] == sorted(statement["Action"])


def test_table_tells_exactly_what_is_called() -> None:
    rows = re.findall(r"^\| `([a-z0-9]+)` \| (.+?) \|", TABLE.read_text(encoding="utf-8"), re.M)
    told = [f"{service}:{one}" for service, cell in rows for one in re.findall(r"`(\w+)`", cell)]
    assert len(told) == len(set(told))
    assert set(told) == called()
