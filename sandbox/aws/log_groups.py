"""Writes the product's log lines straight into moto's log groups, as the awslogs driver would."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from moto.core.utils import utcnow
from moto.logs.models import LogEvent, LogStream

from sandbox.aws import backends
from sandbox.clock import CLOCK

# A stand-in that runs for days must not grow for ever; the oldest lines go first.
_MOST_EVENTS = 60_000
_DROPPED_AT_ONCE = 10_000


class LogGroups:
    """One log stream for each service; safe for threads."""

    def __init__(self, groups: Mapping[str, str], streams: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._streams = {
            service: self._create(group, streams[service]) for service, group in groups.items()
        }
        self._silent: set[str] = set()

    @staticmethod
    def _create(group: str, stream: str) -> LogStream:
        created = backends.logs().create_log_group(group, {})
        created.create_log_stream(stream)
        return created.streams[stream]

    def write(self, service: str, level: str, message: str, ago: timedelta = timedelta()) -> None:
        """Write a message, the first line with time and level; each line is an event of its own.

        Raises KeyError for a service that has no log group.
        """
        at = CLOCK.now() - ago
        stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.write_raw(service, f"{stamp} [{level.upper()}] {message}", at)

    def write_raw(self, service: str, text: str, at: datetime) -> None:
        """Write text as it is, a line an event, at that time."""
        stream = self._streams[service]
        if service in self._silent:
            return
        milliseconds = int(at.timestamp() * 1000)
        with self._lock:
            for line in text.splitlines():
                event = {"timestamp": milliseconds, "message": line}
                stream.events.append(LogEvent(milliseconds, event))
                stream.stored_bytes += len(line)
            stream.last_ingestion_time = utcnow()
            if len(stream.events) > _MOST_EVENTS:
                del stream.events[:_DROPPED_AT_ONCE]

    def silence(self, service: str) -> None:
        """Let a log group be empty and stay so; it still exists."""
        with self._lock:
            self._silent.add(service)
            self._streams[service].events.clear()

    def stop(self, service: str) -> None:
        """Let a log group keep what it has and get nothing more."""
        with self._lock:
            self._silent.add(service)
