"""The AWS account of the product: moto, seeded and mended, with the levers that faults pull."""

import functools
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from sandbox.aws import backends, deployments, incidents, moto_mending
from sandbox.aws.description import AccountDescription
from sandbox.aws.gate import Gate
from sandbox.aws.log_groups import LogGroups
from sandbox.aws.metrics import Metrics
from sandbox.aws.present import choose, present
from sandbox.aws.seeding import seed
from sandbox.aws.server import MotoServer

_FUNCTION_STREAM = "2026/11/21/[$LATEST]4f2a9c10c6f14f9c8a41d8f0e3b7a615"


class Release(Protocol):
    """What the account must know of the product: the version that is deployed."""

    @property
    def version(self) -> str:
        """The image tag of every service."""
        ...


class AwsStandIn:
    """One account in one region. Only one can exist in a process, for moto's state is global.

    Its state is complete as soon as it is made; `start` only opens the port.
    """

    def __init__(self, world: Release, described: AccountDescription) -> None:
        choose(described)
        moto_mending.install()
        backends.forget_everything()
        self.gate = moto_mending.CURRENT.gate = Gate()
        moto_mending.CURRENT.on_describe_services = self._looked_at
        seed(described, world.version)
        self.metrics = Metrics(described.series, described.traffic)
        self.logs = LogGroups(described.log_groups, _stream_names(described))
        self._write_first_lines()
        self._server = MotoServer()
        self._ended = threading.Event()
        self._publisher: threading.Thread | None = None
        self._later: dict[str, tuple[float, Callable[[str], None]]] = {}
        self._first_look: dict[str, float] = {}
        self._lock = threading.Lock()

    def start(self, port: int) -> int:
        """Listen on 127.0.0.1 (port 0 = any free one), publish metrics, return the port."""
        opened = self._server.start(port)
        self._publisher = threading.Thread(target=self._publish_each_minute, daemon=True)
        self._publisher.start()
        return opened

    def stop(self) -> None:
        """Close the port and end the publication of metrics."""
        self._ended.set()
        self._server.stop()
        if self._publisher is not None:
            self._publisher.join()

    def log(self, service: str, level: str, message: str) -> None:
        """Write to the log group of a service, such as Qumis' api, web, sidekiq or llm.

        Raises KeyError for one that has none.
        """
        self.logs.write(service, level, message)

    def count_request(self, service: str, status: int, seconds: float) -> None:
        """Count an answered request, if the account has metrics of this service's traffic."""
        traffic = present().traffic
        if traffic is not None and traffic.service == service:
            self.metrics.count_request(status, seconds)

    def set_alarm(self, name: str, state: str, reason: str) -> None:
        """Put an alarm into OK, ALARM or INSUFFICIENT_DATA."""
        backends.cloudwatch().set_alarm_state(name, reason, "{}", state)

    def remove_alarm(self, name: str) -> None:
        """Let there be no such alarm.

        Raises KeyError when there is none already.
        """
        del backends.cloudwatch().alarms[name]

    def raise_threshold(self, name: str, factor: float) -> None:
        """Let an alarm ring only at so many times what its operators wanted."""
        alarm = backends.cloudwatch().alarms[name]
        alarm.threshold = float(alarm.threshold) * factor

    def delay_alarm(self, name: str, evaluations: int) -> None:
        """Let an alarm ring only after so many of its periods."""
        backends.cloudwatch().alarms[name].evaluation_periods = evaluations

    def set_function_state(self, name: str, state: str, reason: str, code: str) -> None:
        """Put a Lambda function into Active, Inactive, Pending or Failed."""
        function = backends.functions().get_function(name)
        function.state = state
        reasons = {"StateReason": reason, "StateReasonCode": code}
        setattr(function, "state_reasons", reasons)  # noqa: B010 - an addition of moto_mending

    def fail_update(self, name: str, reason: str, code: str) -> None:
        """Let the last update of a Lambda function have failed; it goes on with its old code."""
        told = {"LastUpdateStatusReason": reason, "LastUpdateStatusReasonCode": code}
        function = backends.functions().get_function(name)
        setattr(function, "state_reasons", {"LastUpdateStatus": "Failed"} | told)  # noqa: B010 - as above

    def set_database_status(self, status: str) -> None:
        """Put the database instances into a status of RDS, such as storage-full."""
        for name in present().databases:
            backends.rds().databases[name].status = status

    def fill_queue(self, name: str, messages: int) -> None:
        """Put messages into a queue that nobody takes."""
        for number in range(messages):
            backends.sqs().send_message(name, f'{{"document": "pending-{number}"}}')
        where = "ApproximateNumberOfMessagesVisible"
        self.metrics.relevel("AWS/SQS", where, float(messages), name)

    def lose_dead_letters(self, name: str) -> None:
        """Let what a queue cannot deliver go nowhere."""
        queue = backends.sqs().queues[name]
        queue.redrive_policy = queue.dead_letter_queue = None

    def roll_back_when_looked_at(self, service: str, seconds: float) -> None:
        """Roll the service back that many seconds after it is first described to a caller."""
        back = functools.partial(incidents.roll_back, keep_failed=True)
        self.happen_when_looked_at(service, seconds, back)

    def happen_when_looked_at(
        self, service: str, seconds: float, incident: Callable[[str], None]
    ) -> None:
        """Let something happen to the service that many seconds after it is first described to a caller."""
        self._later[service] = (seconds, incident)

    def _looked_at(self, names_or_arns: list[str]) -> None:
        now = time.monotonic()
        with self._lock:
            for name in {text.split("/")[-1] for text in names_or_arns}:
                first = self._first_look.setdefault(name, now)
                later = self._later.get(name)
                if later is not None and now - first >= later[0]:
                    del self._later[name]
                    later[1](name)

    def _publish_each_minute(self) -> None:
        while not self._ended.wait(timeout=1.0):
            self.metrics.publish_if_due()

    def _write_first_lines(self) -> None:
        for service, lines in present().first_lines.items():
            for number, line in enumerate(lines):
                level, _, message = line.removeprefix("[").partition("] ")
                ago = timedelta(minutes=5) - timedelta(seconds=40 * number)
                self.logs.write(service, level, message, ago)


def _stream_names(described: AccountDescription) -> dict[str, str]:
    streams = dict.fromkeys(described.log_groups, _FUNCTION_STREAM)
    by_group = {service.log_group: service.name for service in described.services}
    for key, group in described.log_groups.items():
        if group in by_group:
            task = deployments.tasks_of(by_group[group])[0]
            streams[key] = f"ecs/{by_group[group]}/{task.id}"
    return streams
