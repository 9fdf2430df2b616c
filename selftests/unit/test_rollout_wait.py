"""A rollout in progress is waited for, but not for ever, and nothing is judged by waiting."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from postdeploy import rollout_wait
from postdeploy.errors import ProbeError
from postdeploy.probes.aws.ecs import Deployment, EcsService
from postdeploy.run import Run
from postdeploy.target import Aws, Environment, Service
from selftests.unit.small_runs import journal, make_run

AWS = Aws(
    account="123456789012", region="us-east-2", cluster="blue", services={"api": Service(name="a")}
)


def service(rollout: str) -> EcsService:
    deployment = Deployment("ecs-svc/1", "PRIMARY", rollout, "", None, "arn:x/api:42", 2, 1, 1, 0)
    return EcsService("blue", "a", "ACTIVE", "ECS", 2, 1, 1, (deployment,))


def waited(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    looks: Sequence[EcsService | Exception],
    seconds: float = 60,
    aws: Aws | None = AWS,
) -> tuple[int, list[str], list[str]]:
    """How many looks were taken, what was told while waiting, and the run's warnings."""
    told: list[str] = []
    left = list(looks)

    def look(*_: object) -> EcsService:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    async def sleep(_: float, run: Run) -> None:
        told.append(run.doing)

    async def wait() -> None:
        run = make_run(folder, Environment(aws=aws))
        run.facts = dataclasses.replace(run.facts, wait_for_rollout=seconds)
        run._aws = object()  # type: ignore[assignment]  # nobody asks it
        monkeypatch.setattr(rollout_wait, "observe_service", look)
        monkeypatch.setattr("postdeploy.rollout_wait.quiet", lambda s: sleep(s, run))
        await rollout_wait.wait_for_rollouts(run)
        assert run.doing == ""

    asyncio.run(wait())
    entries = journal(folder) if (folder / "journal.jsonl").exists() else []
    return len(looks) - len(left) + 1, told, [e["text"] for e in entries if e["kind"] == "warning"]


def test_a_finished_rollout_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waited(tmp_path, monkeypatch, [service("COMPLETED")]) == (1, [], [])


def test_one_in_progress_is_waited_for_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = service("IN_PROGRESS")
    looks, told, warned = waited(tmp_path, monkeypatch, [going, going, service("COMPLETED")])
    assert (looks, warned) == (3, [])
    assert told == ["waiting for the rollout, 0 s: a 1/2"] * 2


def test_a_failed_one_ends_the_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, _, warned = waited(tmp_path, monkeypatch, [service("IN_PROGRESS"), service("FAILED")])
    assert (looks, warned) == (2, [])


def test_it_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, warned = waited(tmp_path, monkeypatch, [service("IN_PROGRESS")], seconds=0)
    assert warned == ["after 0 s of waiting the rollout still went on: a 1/2"]


def test_an_unreadable_service_is_left_to_the_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, told, warned = waited(tmp_path, monkeypatch, [ProbeError("denied")])
    assert (looks, warned) == (1, [])
    assert told == ["waiting for the rollout, 0 s: it cannot be seen"] * 2


def test_a_moments_trouble_does_not_end_the_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, trouble = service("IN_PROGRESS"), ProbeError("Throttling")
    looks: list[EcsService | Exception] = [trouble, going, trouble, trouble, going]
    looks.append(service("COMPLETED"))
    assert waited(tmp_path, monkeypatch, looks)[0] == len(looks)


def test_without_services_the_waiting_says_that_it_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned = waited(tmp_path, monkeypatch, [service("COMPLETED")], aws=None)[2]
    assert warned == ["--wait-for-rollout: the target file declares no ECS service to wait for"]
