"""The world of the stand-in: every service, in one plain object that faults can change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.api.access import Access
from sandbox.aws import AwsStandIn
from sandbox.identity.sso import Sso
from sandbox.integrations import Integrations
from sandbox.interceptors import Interceptors
from sandbox.network import Network
from sandbox.pace import Pace
from sandbox.product.chats import Chats
from sandbox.product.diagnostics import Diagnostics
from sandbox.product.documents import Documents
from sandbox.product.exports import Exports
from sandbox.product.health import Health
from sandbox.product.ingest import Ingest
from sandbox.product.jobs import Jobs
from sandbox.product.llm import Llm
from sandbox.product.people import People
from sandbox.product.reports import Reports
from sandbox.product.search_index import SearchIndex
from sandbox.product.sessions import Sessions
from sandbox.product.sharing import Sharing
from sandbox.product.storage import Storage
from sandbox.product.writer import Writer
from sandbox.systems.qumis import ACCOUNT_AT_START
from sandbox.web.app import WebAssets

if TYPE_CHECKING:
    from sandbox.weather import Weather

ORIGINS = ("control", "app", "api", "idp", "llm", "search", "integrations", "aws")


class World:
    """Everything that the stand-in consists of; `addresses` are base URLs by origin."""

    def __init__(
        self, addresses: dict[str, str], version: str, pace: Pace, session_idle: float
    ) -> None:
        self.addresses = addresses
        self.version = version
        self.api_version = version
        self.pace = pace
        self.faults: list[str] = []
        self.weather: Weather | None = None
        self.network = Network()
        self.interceptors = Interceptors(ORIGINS)
        self.people = People()
        self.sessions = Sessions(session_idle)
        self.sso = Sso(self.people)
        self.access = Access(self.sessions)
        self.web = WebAssets()
        self._furnish_product()
        self.integrations = Integrations(self)
        self.aws = AwsStandIn(self, ACCOUNT_AT_START)
        self.sharing = Sharing(
            lambda *mail: self.integrations.postmark.send(*mail), lambda: self.addresses["app"]
        )

    def _furnish_product(self) -> None:
        self.storage = Storage()
        self.documents = Documents(self.storage)
        self.index = SearchIndex(self.documents)
        self.jobs = Jobs(self.pace, self.log)
        self.ingest = Ingest(self.pace, self.documents, self.index, self.jobs)
        self.diagnostics = Diagnostics(self.jobs)
        self.llm = Llm(self.log)
        self.writer = Writer(self.llm)
        self.reports = Reports(
            self.documents, self.jobs, self.writer, lambda: self.addresses["api"]
        )
        self.exports = Exports()
        self.chats = Chats(self.documents, self.llm)
        self.health = Health(self.documents, self.jobs, self.storage, self.index)

    def log(self, service: str, level: str, message: str) -> None:
        """Write a line to the log of a service: api, web, sidekiq or llm."""
        self.aws.log(service, level, message)
