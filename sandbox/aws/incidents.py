"""What can go wrong with an ECS service: each function makes one incident."""

from datetime import timedelta

from moto.core.utils import utcnow

from sandbox.aws import backends, deployments
from sandbox.aws.present import present


def run_fewer_tasks(service: str, running: int, pending: int) -> None:
    """Let fewer tasks run than are desired; the rest cannot be placed."""
    for task in deployments.tasks_of(service)[running:]:
        del backends.ecs().tasks[present().cluster][task.task_arn]
    deployments.settle(service, running, pending)
    deployments.announce(service, f"(service {service}) was unable to place a task.")


def want_none(service: str) -> None:
    """Scale the service to zero."""
    run_fewer_tasks(service, 0, 0)
    deployments.found(service).desired_count = 0
    deployments.primary(service)["desiredCount"] = 0


def want_more(service: str, tasks: int) -> None:
    """Let the service be scaled out to so many tasks, of which the new ones are pending."""
    runs = len(deployments.tasks_of(service))
    deployments.found(service).desired_count = tasks
    deployments.primary(service)["desiredCount"] = tasks
    deployments.settle(service, runs, tasks - runs)


def run_all(service: str) -> None:
    """Let all tasks run that the service wants."""
    wanted = int(deployments.primary(service)["desiredCount"])
    arn = deployments.tasks_of(service)[0].task_definition_arn
    definition = backends.ecs().describe_task_definition(arn)
    for _ in range(wanted - len(deployments.tasks_of(service))):
        deployments.add_task(service, definition, utcnow())
    deployments.settle(service, wanted, 0)


def set_status(service: str, status: str) -> None:
    """Set the service's status: ACTIVE, DRAINING or INACTIVE."""
    deployments.found(service).status = status


def remove(service: str) -> None:
    """Let the cluster have no such service."""
    for task in deployments.tasks_of(service) + deployments.tasks_of(service, "STOPPED"):
        del backends.ecs().tasks[present().cluster][task.task_arn]
    del backends.ecs().services[f"{present().cluster}:{service}"]


def stop_task(service: str, reason: str, code: str, exit_code: int | None) -> None:
    """Let a task have stopped after the deployment, and a new one have taken its place."""
    task = deployments.tasks_of(service)[0]
    definition = backends.ecs().describe_task_definition(task.task_definition_arn)
    deployments.end_task(task, reason, code, utcnow() - timedelta(minutes=2), exit_code)
    for container in task.containers:
        setattr(container, "reason", reason)  # noqa: B010 - moto's class does not declare it
    deployments.add_task(service, definition, utcnow() - timedelta(minutes=1))
    deployments.announce(service, f"(service {service}) has started 1 tasks: replacement.")


def roll_out(service: str, state: str, reason: str) -> None:
    """Leave the newest deployment in a rollout state: IN_PROGRESS or FAILED."""
    main = deployments.primary(service)
    main.update(rolloutState=state, rolloutStateReason=reason)
    wanted = int(main["desiredCount"])
    if state == "IN_PROGRESS":
        deployments.settle(service, wanted - 1, 1)
    else:
        main["failedTasks"] = 3
        deployments.settle(service, 0, wanted)


def roll_back(service: str, keep_failed: bool) -> None:
    """Let the circuit breaker have put the previous image back; the service is steady again.

    With `keep_failed` the failed deployment is still listed beside the PRIMARY one.
    """
    state = deployments.found(service)
    failed = deployments.primary(service)
    failed.update(
        status="ACTIVE",
        rolloutState="FAILED",
        rolloutStateReason="ECS deployment circuit breaker: tasks failed to start.",
        runningCount=0,
        pendingCount=0,
        desiredCount=0,
        failedTasks=3,
    )
    revisions = backends.ecs().task_definitions[deployments.family(service)]
    old = revisions[deployments.PREVIOUS_REVISION]
    back = deployments.deployment(state, old.arn, utcnow() - timedelta(minutes=1))
    if keep_failed:
        said = f"ECS deployment circuit breaker: rolling back to deploymentId {back['id']}."
        back["rolloutStateReason"] = said
    state.deployments = [back, failed] if keep_failed else [back]
    state.task_definition = old.arn
    _say_rolled_back(service, str(failed["id"]), str(back["id"]))
    _replace_tasks(service, deployments.PREVIOUS_REVISION)


def _say_rolled_back(service: str, failed: str, back: str) -> None:
    said = f"(service {service}) (deployment {failed}) deployment failed: tasks failed to start."
    deployments.announce(service, said, timedelta(minutes=1))
    said = f"(service {service}) rolling back to deployment {back}."
    deployments.announce(service, said, timedelta(seconds=50))
    deployments.announce(service, f"(service {service}) has reached a steady state.")


def _replace_tasks(service: str, revision: int, but: str = "") -> None:
    definition = backends.ecs().task_definitions[deployments.family(service)][revision]
    reason = f"Scaling activity initiated by (deployment {deployments.primary(service)['id']})"
    for task in deployments.tasks_of(service):
        if task.task_arn == but:
            continue
        deployments.end_task(task, reason, "ServiceSchedulerInitiated", utcnow(), 0)
        deployments.add_task(service, definition, utcnow() - timedelta(seconds=30))


def keep_old_task(service: str) -> None:
    """Let one of the tasks be left over from the deployment before."""
    del backends.ecs().tasks[present().cluster][deployments.tasks_of(service)[0].task_arn]
    revisions = backends.ecs().task_definitions[deployments.family(service)]
    old = revisions[deployments.PREVIOUS_REVISION]
    deployments.add_task(service, old, utcnow() - timedelta(hours=20))


def run_image(service: str, version: str, but: str = "") -> None:
    """Let the present deployment run the image of another version, in all tasks `but` one."""
    definition = deployments.register(
        present().service(service), deployments.PRESENT_REVISION + 1, version
    )
    deployments.found(service).task_definition = definition.arn
    deployments.primary(service)["taskDefinition"] = definition.arn
    _replace_tasks(service, deployments.PRESENT_REVISION + 1, but)


def reconfigure_but_one(service: str) -> None:
    """Deploy the same image with another configuration, and let one task be left over from before."""
    left_over = deployments.tasks_of(service)[0].task_arn
    image = deployments.tasks_of(service)[0].containers[0].image
    run_image(service, str(image).rpartition(":")[2], but=left_over)


def deploy_again(service: str) -> None:
    """Let the same task definition have been deployed once more, a minute ago."""
    state = deployments.found(service)
    same = str(deployments.primary(service)["taskDefinition"])
    again = deployments.deployment(state, same, utcnow() - timedelta(minutes=1))
    state.deployments = [again]
    _replace_tasks(service, deployments.PRESENT_REVISION)


def run_other_build(service: str) -> None:
    """Let one of the tasks run what was pushed under the same tag another time."""
    for container in deployments.tasks_of(service)[0].containers:
        build = deployments.build_of(str(container.image), 1)
        setattr(container, "image_digest", build)  # noqa: B010 - moto's class does not declare it


def fall_ill(service: str) -> None:
    """Let one of the tasks run on although its own health check fails."""
    setattr(deployments.tasks_of(service)[0], "health_status", "UNHEALTHY")  # noqa: B010 - as above
