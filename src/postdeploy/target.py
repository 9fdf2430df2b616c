"""Models of a target file: one deployed system, its environments, and what each of them declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from postdeploy.errors import ConfigError, Problem, nearest
from postdeploy.tables import Model as Model
from postdeploy.tables import Path_, Percent, Seconds, Url
from postdeploy.target_aws import Aws as Aws
from postdeploy.target_aws import ErrorRate as ErrorRate
from postdeploy.target_aws import Errors as Errors
from postdeploy.target_aws import Function as Function
from postdeploy.target_aws import LogGroup as LogGroup
from postdeploy.target_aws import Metric as Metric
from postdeploy.target_aws import Queue as Queue
from postdeploy.target_aws import Service as Service
from postdeploy.target_leftovers import Leftovers as Leftovers
from postdeploy.target_leftovers import Listing as Listing
from postdeploy.target_telling import Telling as Telling


def _flat(tables: object) -> object:
    """Nested tables as one with dotted keys. Raises ValueError for a key that is there twice."""
    if not isinstance(tables, Mapping):
        return tables
    flat: dict[str, object] = {}
    for key, value in _leaves(tables, ""):
        if key in flat:
            raise ValueError(f"{key!r} is there twice, as a key of a table and as a dotted one")
        flat[key] = value
    return flat


def _leaves(table: Mapping[Any, Any], before: str) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _several(value: object) -> object:
    """One name is as good as a list of one."""
    return (value,) if isinstance(value, str) else value


Labels = Annotated[dict[str, str], BeforeValidator(_flat)]


class Endpoint(Model):
    """A health endpoint and the answer that it must give; redirects are never followed."""

    url: Url
    method: Literal["GET", "HEAD", "POST"] = "GET"
    status: int | Annotated[tuple[int, ...], Field(min_length=1)] = 200
    """Or several, any of which is right: a redirect is 301, 302, 307 or 308."""
    json_equals: dict[str, Any] = {}
    """Dotted key of the JSON body → the value it must have."""
    json_has: tuple[str, ...] = ()
    """Dotted keys that must be there, with any value but null and ""."""
    json_lacks: tuple[str, ...] = ()
    """Dotted keys that must not be there, or be empty: `errors` of a GraphQL answer."""
    content_type: str = ""
    contains: str = ""
    body: dict[str, Any] | None = None
    """JSON body of a POST (a GraphQL query, say)."""
    headers: dict[str, str] = {}
    redirects_to: str = ""
    response_headers: dict[str, str] = {}
    """Header → regular expression that its value must match."""
    seconds: Seconds = 10
    """Longest acceptable time for one answer."""
    p95_seconds: Seconds = 2
    samples: int = Field(default=20, ge=5, le=200)

    @property
    def statuses(self) -> tuple[int, ...]:
        """Every status that is right."""
        return self.status if isinstance(self.status, tuple) else (self.status,)

    @property
    def status_in_words(self) -> str:
        """The statuses that are right, for a message."""
        return " or ".join(str(status) for status in self.statuses)


class Refusal(Model):
    """A variant of a guarded request that must be refused."""

    headers: dict[str, str] = {}
    """Headers that it has besides, or in place of, those of the right request."""
    without: tuple[str, ...] = ()
    """Headers of the right request that it lacks."""
    bearer: str | None = None
    """Name of the secret that is its bearer token; "" = it has none; absent = the right request's."""
    status: tuple[int, ...] = (401, 403)


class Guard(Model):
    """A request that must get through, and variants of it that must be refused (another tenant's, say).

    The right one is tried first: a server that refuses everybody guards nothing.
    """

    url: Url
    also: tuple[Url, ...] = ()
    """Other addresses that are guarded alike: one for each kind of record."""
    method: Literal["GET", "POST", "PATCH", "DELETE"] = "GET"
    body: dict[str, Any] | None = None
    headers: dict[str, str] = {}
    bearer: str = ""
    """Name of the secret that is the bearer token; "" = none is sent."""
    status: int = 200
    refusals: dict[str, Refusal] = Field(min_length=1)


class Stream(Model):
    """A stream of server-sent events: opens with a token, and soon sends its first bytes."""

    url: Url
    bearer: str
    """Name of the secret that is the bearer token."""
    content_type: str = "text/event-stream"
    seconds: Seconds = 10
    """Longest acceptable time to the first bytes."""
    refused_status: tuple[int, ...] = (401, 403)
    """What a request without the token is answered."""


class Cors(Model):
    """Which origins a browser may call from: the declared ones and no other."""

    url: Url
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    origins: tuple[Url, ...] = Field(min_length=1)
    foreign: Url = "https://elsewhere.invalid"
    """An origin that must not be let in."""
    headers: tuple[str, ...] = ()
    """Request headers that the preflight asks for."""


class TlsHost(Model):
    """A host whose certificate must be valid for it, trusted, and not about to expire."""

    url: Url
    days: int = Field(default=21, ge=1)
    """Fewest days that the certificate must still be valid."""


class Route(Model):
    """A route of the API that needs a session."""

    path: Path_
    method: Literal["GET", "POST", "PATCH", "DELETE"] = "GET"
    body: dict[str, Any] | None = None


RequestLine = Annotated[
    str, StringConstraints(pattern=r"^(GET|POST|PUT|PATCH|DELETE|SOCKET) /[^\s?#]*$")
]
"""A method and a path: "DELETE /api/v1/documents/{id}"; SOCKET is a web socket's."""


class Writes(Model):
    """What a check may send that declares this kind of write: `@pytest.mark.writes("document")`."""

    requests: tuple[RequestLine, ...]
    """In a path `{…}` stands for one segment, and `**` at its end for any number of them."""
    at: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    """Names of the addresses that it may be sent to (of urls, or "integrations.slack"); none = any of urls."""


class Access(Route):
    """One line of the role matrix: who gets through to a route, and who is refused with 403."""

    allowed: tuple[str, ...]
    refused: tuple[str, ...]
    area: Literal["restricted", "admin"] = "restricted"
    status: int = 200
    """What an allowed role is answered."""


class Role(Model):
    """A kind of test user; its e-mail, password and one-time-code secret are settings."""

    organisation: str
    title: str = ""


class Tile(Model):
    """A tile of the home page and the heading of the page it leads to."""

    label: str
    heading: str
    path: Path_ | None = None
    """The page's address, which is tried without a session; absent = it is not known."""


class Link(Model):
    """A deep link and the heading of its page."""

    path: Path_
    heading: str


class Session(Model):
    """How a session is carried, and how it is tampered with."""

    cookie: str
    login_path: Path_ = "/login"
    idle_seconds: Seconds = 1800
    ends: tuple[Path_, ...] = ()
    """Paths of the API that end a session: never asked for with one that checks share."""


class Bounds(Model):
    """Deadlines and limits in seconds and counts, generous enough for the slowest right answer."""

    page_seconds: Seconds = 15
    route_p95_seconds: Seconds = 2.5
    """95th percentile of the response times of each protected route that is read."""
    settle_seconds: Seconds = 3
    """How long the home page is watched for late errors after it has loaded."""
    job_seconds: Seconds = 300
    upload_seconds: Seconds = 120
    index_seconds: Seconds = 120
    chat_seconds: Seconds = 90
    mail_seconds: Seconds = 120
    sentry_seconds: Seconds = 120
    fullstory_seconds: Seconds = 120
    queue_latency_seconds: Seconds = 300
    """Oldest job that the queue may hold."""
    dead_jobs: int = Field(default=0, ge=0)
    retrying_jobs: int = Field(default=25, ge=0)
    """How many jobs may wait for another attempt; more have one cause in common."""
    gateway_percent: Percent = 2
    """How many of a run's requests a load balancer may answer with 502, 503 or 504 in the product's place."""
    body_megabytes: int = Field(default=64, ge=1, le=1024)
    """How much the body of one answer may have, packed and unpacked."""
    aws_seconds: Seconds = 150
    """How long one look at AWS may take, with all its repetitions."""
    check_seconds: Seconds = 600
    """Budget of one check, retries apart."""


class Postmark(Model):
    """Postmark's API and the mailbox behind it."""

    url: Url
    mailbox_url: Url
    recipient: str


class Sentry(Model):
    """Sentry's API and the project that the deployment reports to."""

    url: Url
    organisation: str
    project: str
    trigger: Path_
    """A request that makes the product handle, and report, an error."""
    told_in: tuple[str, ...] = ()
    """Keys of the JSON object by which it tells of one."""
    environment: str = ""


class Fullstory(Model):
    """FullStory's server API."""

    url: Url


class Slack(Model):
    """The alert channel's incoming webhook; its path is a secret."""

    url: Url


class Integrations(Model):
    """Third parties; one that is absent makes its items not applicable only where the file says so."""

    postmark: Postmark | None = None
    sentry: Sentry | None = None
    fullstory: Fullstory | None = None
    slack: Slack | None = None
    sidekiq: Path_ | None = None


class Jobs(Model):
    """How the background jobs are tried out."""

    retry_route: Route | None = None
    """A request, by an admin, that enqueues a job which fails once; its answer holds the job's id."""


class Environment(Model):
    """One environment of one system."""

    title: str = ""
    protected: bool = False
    read_only: bool = False
    pages: str = ""
    """Name of the package under postdeploy.pages that knows this system's pages; "" = no browser flows."""
    discovery: Url | None = None
    """Where an embedded deployment announces its addresses; only for the sandbox."""
    launch: tuple[str, ...] = ()
    """Command that starts the embedded deployment; {python} is this interpreter."""
    env_file: str = ""
    secrets: tuple[str, ...] = ()
    urls: dict[str, Url] = {}
    """The product's own origins; requests to any other host are refused (docs/policy.md)."""
    third_parties: tuple[Url, ...] = ()
    """Other origins from which the product's pages load; whatever else they ask for is blocked, and listed."""
    reads: tuple[RequestLine, ...] = ()
    """Requests to the product that change nothing although their method is another than GET, HEAD or OPTIONS."""
    writes: dict[str, Writes] = {}
    """Kind of write → the requests that it consists of."""
    control: tuple[Url, ...] = ()
    """Addresses outside the product; when none of them answers the runner itself is offline."""
    ca_file: str = ""
    """PEM file of certificate authorities to trust besides the usual ones; for an embedded deployment."""
    endpoints: dict[str, Endpoint] = {}
    security: dict[str, Endpoint] = {}
    """Answers that show how the system is secured: the redirect to HTTPS, security headers."""
    tls: dict[str, TlsHost] = {}
    guards: dict[str, Guard] = {}
    streams: dict[str, Stream] = {}
    cors: dict[str, Cors] = {}
    protected_routes: tuple[Route, ...] = ()
    role_matrix: tuple[Access, ...] = ()
    roles: dict[str, Role] = {}
    session: Session | None = None
    tiles: dict[str, Tile] = {}
    links: dict[str, Link] = {}
    labels: Labels = {}
    """Dotted key → what the product writes there: every caption that the page objects look for."""
    features: dict[str, bool] = {}
    bounds: Bounds = Bounds()
    aws: Aws | None = None
    integrations: Integrations = Integrations()
    jobs: Jobs = Jobs()
    cleanup: dict[str, Route] = {}
    """Kind of thing a check makes → the request that removes it; {id} stands for its id."""
    sweep: dict[str, Listing] = {}
    """Kind of thing a check makes → how the product lists them."""
    leftovers: Leftovers = Leftovers()
    telling: Telling = Telling()
    versions: dict[str, str] = {}
    """Component → where its version is read: "ecs:<service>" or "<url>#<dotted key>"."""
    not_applicable: dict[str, str] = {}
    """Pattern of item ids → why this environment has no such thing."""


class Target(Model):
    """A target resolved for one environment: what a run looks at."""

    system: str
    title: str
    name: str
    """The environment's name."""
    file: str
    environment: Environment

    def label(self, key: str) -> str:
        """The product's own caption for `key`, from `[labels]`.

        Raises ConfigError for a key that is not there; the start of a run has looked for them all.
        """
        labels = self.environment.labels
        if key not in labels:
            hint = nearest(key, labels)
            where = f"{self.file}, labels of {self.name}"
            raise ConfigError([Problem(where, f"{key!r} is missing", hint or "Add it")])
        return labels[key]
