"""The world of one of the smaller systems, in one plain object that faults can change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.aws import AwsStandIn
from sandbox.aws.description import AccountDescription
from sandbox.interceptors import Interceptors
from sandbox.network import Network

if TYPE_CHECKING:
    from starlette.types import ASGIApp


@dataclass
class ServedCertificate:
    """What the encrypted origin shows: for how many days yet, for whom, signed by whom."""

    days: float = 60
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    by_the_known_authority: bool = True


@dataclass(frozen=True)
class System:
    """What one system consists of.

    `furnish` makes its product, the object that its applications answer from and that its faults
    change. `origins` are all that it listens on, `control` first and `aws` last.
    """

    name: str
    title: str
    account: AccountDescription
    origins: tuple[str, ...]
    furnish: Callable[[], Any]
    applications: Callable[[SystemWorld], dict[str, ASGIApp]]


@dataclass
class SystemWorld:
    """Everything that the stand-in of a system consists of; `addresses` are base URLs by origin."""

    system: System
    addresses: dict[str, str]
    version: str
    api_version: str = field(init=False)
    faults: list[str] = field(default_factory=list)
    ca_file: str = ""
    network: Network = field(default_factory=Network)
    certificate: ServedCertificate = field(default_factory=ServedCertificate)

    def __post_init__(self) -> None:
        self.api_version = self.version
        self.interceptors = Interceptors(self.system.origins)
        self.product = self.system.furnish()
        self.aws = AwsStandIn(self, self.system.account)

    def log(self, service: str, level: str, message: str) -> None:
        """Write a line to the log of a service of the system's own account."""
        self.aws.log(service, level, message)
