"""`postdeploy gate`: the verdict of a run's record, for whatever stands at the gate."""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Any

from postdeploy.expected import component_versions


def add_gate_command(commands: Any) -> None:
    """Add `gate`."""
    gate = commands.add_parser("gate", help="tell a gate the verdict of a run's record")
    gate.add_argument("run", nargs="?", default="reports/latest", type=Path)
    gate.add_argument(
        "--for", dest="kind", default="shell", metavar="GATE", help="shell, json, ecs-hook or argo"
    )
    gate.add_argument("--system", default=None, help="the record must be of this system")
    gate.add_argument("--env", default=None, help="the record must be of this environment")
    gate.add_argument(
        "--expect-version",
        default=None,
        metavar="VERSION",
        help="the run must have seen it; or api=…,web=… for each component",
    )
    gate.add_argument(
        "--max-age", default=None, metavar="30m", help="the run ended at most so long ago"
    )
    gate.add_argument(
        "--seal", default=None, metavar="DIGEST", help="the run's digest as it was noted elsewhere"
    )
    gate.set_defaults(command=_gate)


def _gate(options: argparse.Namespace) -> int:
    from postdeploy.gate import Wanted, look, rendering
    from postdeploy.options import parse_duration

    render = rendering(options.kind)
    seconds = parse_duration("--max-age", options.max_age or "")
    wanted = Wanted(
        versions=wanted_versions(options.expect_version or ""),
        max_age=timedelta(seconds=seconds) if seconds else None,
        seal=options.seal or "",
        system=options.system or "",
        environment=options.env or "",
    )
    gate = look(options.run, wanted)
    print(render(gate))
    return gate.exit_code


def wanted_versions(text: str) -> dict[str, str]:
    """Component → version; "*" for a version that stands for all. Raises ConfigError for what is neither."""
    if not text:
        return {}
    if "=" not in text:
        return {"*": text}
    return component_versions(text)
