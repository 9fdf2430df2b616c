"""What a service runs at one moment: its deployment, that deployment's image, and the tasks' images."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from postdeploy.probes.aws.ecs import (
    EcsService,
    family_and_revision,
    observe_newest_revision,
    observe_service,
)
from postdeploy.probes.aws.ecs_tasks import (
    Container,
    Task,
    TaskDefinition,
    observe_running_tasks,
    observe_task_definition,
)
from postdeploy.probes.aws.images import Image
from postdeploy.probes.aws.session import AwsSession


@dataclass(frozen=True)
class RunningService:
    """A service together with its PRIMARY task definition and its running tasks, noted at one time.

    `definition` and `newest_revision` are None where the service has no PRIMARY deployment.
    """

    noted: datetime
    service: EcsService
    definition: TaskDefinition | None = None
    newest_revision: int | None = None
    tasks: tuple[Task, ...] = ()

    @property
    def revision(self) -> int | None:
        """The revision of the PRIMARY task definition."""
        return None if self.definition is None else family_and_revision(self.definition.arn)[1]

    @property
    def image(self) -> Image | None:
        """The product's own image in the PRIMARY task definition."""
        return None if self.definition is None else self.definition.main(self.service.name).image

    @property
    def task_images(self) -> dict[str, Image | None]:
        """Task id → the image that the product's own container runs there."""
        found = self._own_containers
        return {task: own.image if own else None for task, own in found.items()}

    @property
    def digests(self) -> dict[str, str]:
        """Task id → the digest of what the product's own container runs there, where ECS tells one."""
        return {
            task: own.digest for task, own in self._own_containers.items() if own and own.digest
        }

    @property
    def _own_containers(self) -> dict[str, Container | None]:
        if self.definition is None:
            return {}
        name = self.definition.main(self.service.name).name
        return {task.id: task.container(name) for task in self.tasks}


def observe_running(session: AwsSession, cluster: str, name: str) -> RunningService:
    """The service of that name and what it runs now. Raises ProbeError."""
    noted = datetime.now(UTC)
    service = observe_service(session, cluster, name)
    if service.primary is None:
        return RunningService(noted, service)
    arn = service.primary.task_definition
    return RunningService(
        noted=noted,
        service=service,
        definition=observe_task_definition(session, arn),
        newest_revision=observe_newest_revision(session, family_and_revision(arn)[0]),
        tasks=observe_running_tasks(session, cluster, name),
    )
