"""A run whose browser should be elsewhere and is not: blocked on every worker, and its token stays a secret."""

from __future__ import annotations

from selftests.plugin.conftest import Make
from selftests.plugin.product import closed_port

_TOKEN = "t0ken-of-the-grid"


def test_a_browser_that_is_not_there_blocks_and_nobody_reads_its_token(make: Make) -> None:
    project = make()
    project.edit(
        "tests/smoke/test_observations.py",
        'step.saw(await state(flow, "right")',
        'await flow.page(None)\n        step.saw(await state(flow, "right")',
    )
    address = closed_port().replace("http", "ws")
    project.environment["POSTDEPLOY_BROWSER_ENDPOINT"] = f"{address}/?token={_TOKEN}"
    run = project.run("-n", "2")
    assert (run.code, run.record["verdict"]) == (30, "BLOCKED")
    assert f"no browser is to be had at {address}: " in run.items["right"]["note"]
    assert run.outcomes["roll"] == "passed", "what needs no page was looked at"
    files = [path for path in run.folder.resolve().rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if _TOKEN.encode() in path.read_bytes()] == []
    assert _TOKEN not in run.out
