"""The deployment that is looked at is the one that was asked for: right account, right version."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from fixtures.deployment import AT_START, deployment_ids
from fixtures.releases import RELEASES_AT_START
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.ecs import observe_clusters
from postdeploy.probes.aws.identity import observe_identity
from postdeploy.probes.aws.images import same_commit


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.every_shard
@pytest.mark.covers("pre.identity")
async def test_caller_and_version_are_the_declared_ones(flow: Flow) -> None:
    """The AWS caller is in the declared account, and what is deployed is the version to be expected."""
    async with flow.check.gate("pre.identity") as step:
        identity = await flow.observe(observe_identity)
        if identity.account != flow.aws.account:
            raise ProbeError(
                f"the AWS caller is in account {identity.account}, not in {flow.aws.account}",
                mend="Use the credentials of the account that the target file declares",
            )
        if not flow.run.expected_versions:
            flow.run.warn("version not asked for")
        await _warn_of_a_switch(flow)
        versions = await _versions(flow)
        expected = _expected(flow, versions)
        step.saw(
            f"account {identity.account}, {_listed(versions) or 'no version declared'}",
            expected=f"account {flow.aws.account}, {_listed(expected) or 'no version asked for'}",
        )
        wrong = [
            f"{name}: deployed is {versions[name]}, expected {version}"
            for name, version in expected.items()
            if not _same(versions[name], version)
        ]
        assert not wrong, "; ".join(wrong)


async def _warn_of_a_switch(flow: Flow) -> None:
    clusters = await flow.observe(observe_clusters, flow.aws.optional_clusters)
    for cluster in clusters:
        if cluster.status == "ACTIVE":
            flow.run.warn(
                f"cluster {cluster.name} is there with {cluster.running_tasks} running tasks: "
                "a blue/green switch may be under way"
            )


def _expected(flow: Flow, versions: Mapping[str, str]) -> dict[str, str]:
    """Component → the version asked for. ProbeError for a component whose version nobody can read."""
    asked = dict(flow.run.expected_versions)
    for_all = asked.pop("*", "")
    strangers = sorted(set(asked) - set(versions))
    if strangers:
        raise ProbeError(
            f"a version is expected of {', '.join(strangers)}, which [versions] does not declare",
            mend=f"Declare where it is read in {flow.target.file}, or expect it of another component",
        )
    if for_all and not versions:
        raise ProbeError(
            f"version {for_all} is expected, and [versions] declares no component",
            mend=f"Declare in {flow.target.file} where versions are read",
        )
    return {name: asked.get(name) or for_all for name in versions if asked.get(name) or for_all}


async def _versions(flow: Flow) -> dict[str, str]:
    """Component → the version that is deployed, noted for the record. ProbeError where one tells none."""
    running, told = await asyncio.gather(flow.shared(AT_START), flow.shared(RELEASES_AT_START))
    versions = {component: " and ".join(tags) for component, tags in told.items()}
    flow.run.identify("start", versions, deployment_ids(running))
    declared = flow.environment.versions
    untold = {name: at for name, at in declared.items() if name not in versions}
    if untold:
        raise ProbeError(
            f"no version is told by {_listed(untold)}",
            mend=f"See whether it is steady, and whether {flow.target.file} names it rightly",
        )
    return versions


def _same(version: str, expected: str) -> bool:
    return version == expected or same_commit(expected, version)


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
