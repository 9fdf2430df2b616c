"""Describes an AWS account that a stand-in runs in: names, sizes, bounds, normal readings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ACCOUNT = "123456789012"
ENVIRONMENT = "sandbox"
ACCESS_KEY = "sandbox"


@dataclass(frozen=True)
class EcsService:
    """One ECS service: how many tasks it wants, the size of each (CPU units, MiB), its image without tag."""

    name: str
    desired: int
    cpu: int
    memory: int
    log_group: str
    image: str


@dataclass(frozen=True)
class Series:
    """A metric that is published once a minute: its usual value, and how far that wobbles.

    A sparse one is published only in minutes in which it is not 0, as a load balancer counts errors.
    """

    namespace: str
    name: str
    usual: float
    wobble: float = 0.0
    unit: str = "Count"
    dimensions: tuple[tuple[str, str], ...] = ()
    samples: int = 1
    sparse: bool = False


@dataclass(frozen=True)
class Traffic:
    """The metrics in which the answered requests of one service are counted.

    An empty `response_time` means that the requests of a visitor do not move it: a load balancer
    has thousands.
    """

    service: str
    namespace: str
    requests: str
    errors: str
    response_time: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class MetricSource:
    """Which metric an alarm watches, under the id that its expression uses."""

    id: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    statistic: str = "Sum"


@dataclass(frozen=True)
class AlarmDescription:
    """A CloudWatch alarm as the product's operators would create it; the period is in seconds."""

    name: str
    description: str
    topic: str
    sources: tuple[MetricSource, ...]
    threshold: float
    period: int = 300
    evaluation_periods: int = 1
    comparison: str = "GreaterThanThreshold"
    expression: str | None = None


@dataclass(frozen=True)
class QueueDescription:
    """An SQS queue, and the queue that takes its dead letters if it has one."""

    name: str
    dead_letters: str | None = None


@dataclass(frozen=True)
class TopicDescription:
    """An SNS topic and the one endpoint that is subscribed to it."""

    name: str
    protocol: str
    endpoint: str


@dataclass(frozen=True)
class TargetGroupDescription:
    """A target group of the load balancer: the service whose tasks it sends to, at which port."""

    name: str
    service: str
    port: int
    health_path: str


@dataclass(frozen=True)
class LoadBalancerDescription:
    """An application load balancer and its target groups; the id ends its ARN."""

    name: str
    id: str
    target_groups: tuple[TargetGroupDescription, ...]

    @property
    def dimension(self) -> str:
        """What CloudWatch calls it."""
        return f"app/{self.name}/{self.id}"


@dataclass(frozen=True)
class CertificateDescription:
    """A certificate that ACM keeps: its id, its domain, for how many more days it is valid."""

    id: str
    domain: str
    days: int = 180


@dataclass(frozen=True)
class AccountDescription:
    """Everything that exists in the account at the start; `system` names whose account it is."""

    system: str
    region: str
    cluster: str = ""
    services: tuple[EcsService, ...] = ()
    log_groups: Mapping[str, str] = field(default_factory=dict)
    lambdas: Mapping[str, str] = field(default_factory=dict)
    """Function → its image, without tag."""
    databases: tuple[str, ...] = ()
    queues: tuple[QueueDescription, ...] = ()
    topics: tuple[TopicDescription, ...] = ()
    alarms: tuple[AlarmDescription, ...] = ()
    series: tuple[Series, ...] = ()
    traffic: Traffic | None = None
    stacks: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    load_balancers: tuple[LoadBalancerDescription, ...] = ()
    certificates: tuple[CertificateDescription, ...] = ()
    first_lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def reader_arn(self, account: str = ACCOUNT) -> str:
        """The role as which a post-deployment check looks at the account."""
        role = f"{self.system}-{ENVIRONMENT}-reader"
        return f"arn:aws:sts::{account}:assumed-role/{role}/post-deploy"

    def service(self, name: str) -> EcsService:
        """The described service of that name; KeyError when there is none."""
        found = {service.name: service for service in self.services}
        return found[name]
