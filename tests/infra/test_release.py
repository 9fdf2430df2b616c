"""Every component tells one version from the start of the run to its end, and the expected one."""

from __future__ import annotations

import pytest

from fixtures.releases import RELEASES_AT_END, RELEASES_AT_START, Versions
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.images import same_commit


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.every_shard
@pytest.mark.each("versions")
@pytest.mark.covers("release.{name}")
async def test_component_tells_one_version(flow: Flow, name: str) -> None:
    """What was looked at is one release: the same at the start and at the end, and the one asked for."""
    asked = flow.run.expected_versions
    expected = asked.get(name) or asked.get("*", "")
    async with flow.check.item(f"release.{name}") as step:
        before = (await flow.shared(RELEASES_AT_START)).get(name)
        after = (await flow.shared(RELEASES_AT_END)).get(name)
        step.saw(
            f"at the start {_listed(before)}, at the end {_listed(after)}",
            expected=expected or "one version from start to end (none was asked for)",
        )
        if before is None or after is None:
            raise ProbeError(
                f"{flow.environment.versions[name]} tells no version",
                mend="See whether the service is steady first",
            )
        assert before == after, (
            f"{name} was {_listed(before)} at the start and is {_listed(after)} now"
        )
        assert len(after) == 1, f"{name} answers with several versions in turn: {_listed(after)}"
        right = not expected or after[0] == expected or same_commit(expected, after[0])
        assert right, f"{name} is {after[0]}, expected is {expected}"


def _listed(versions: Versions | None) -> str:
    return " and ".join(versions or ("untold",))
