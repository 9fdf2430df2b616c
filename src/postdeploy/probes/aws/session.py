"""One AWS session for all probes: whose credentials, which operations, and what an error means."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import EnvProvider
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session as BotocoreSession

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.allowed import ALLOWED, CREDENTIALS, Gate, iam_action
from postdeploy.probes.aws.translation import FOREIGN, Absent, Caller, translate
from postdeploy.target import Aws

CONNECT_SECONDS = 5
READ_SECONDS = 15
ATTEMPTS = 3
THREADS = 16
TROUBLE_KEPT_SECONDS = 10
_TRIES = 5

Answer = Mapping[str, Any]


class WrongAccount(ProbeError):
    """The login is for another account, or set up for another region, than the target file declares."""


class AwsSession:
    """Asks AWS, and only for what reads. Safe in several threads; opens nothing until asked."""

    def __init__(
        self,
        aws: Aws,
        keys: tuple[str, str] | None,
        user_agent: str,
        signed: Callable[[Any], None] | None = None,
    ) -> None:
        self.region = aws.region
        self.account = aws.account
        self._endpoint_url = aws.endpoint_url
        self._declared_profile = aws.profile
        self._keys = keys
        self._signed = signed
        self._caller = Caller(aws.profile, aws.region)
        self._config = Config(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=THREADS,
            user_agent_extra=user_agent,
            # As everywhere: what runs on this machine is never asked through a proxy.
            **({"proxies": {}} if _is_here(aws.endpoint_url) else {}),
        )
        self._lock = threading.Lock()
        self._session: boto3.Session | None = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._account_lock = threading.Lock()
        self._account_is_right = False
        self._account_trouble: tuple[float, ProbeError] | None = None

    @property
    def partition(self) -> str:
        """The part of AWS that the region lies in, as ARNs spell it."""
        with self.translating("sts:*"):
            return str(BotocoreSession().get_partition_for_region(self.region))

    def client(self, service: str, region: str | None = None) -> Any:
        """The boto3 client of `service` in `region` (the target's own without one), made once.

        Raises ProbeError when there is no login or no such region.
        """
        key = (service, region or self.region)
        made = self._clients.get(key)
        if made is not None:
            return made  # without the lock, which another thread may hold while it makes its own
        # boto3 promises nothing about two threads that make clients of one session.
        with self._lock, self.translating(iam_action(service, "*")):
            if key not in self._clients:
                self._clients[key] = self._made(*key)
            return self._clients[key]

    def ask(
        self,
        service: str,
        operation: str,
        /,
        *,
        needs: tuple[str, ...],
        region: str | None = None,
        **parameters: Any,
    ) -> Answer:
        """Call an operation by AWS's name for it ("ecs", "DescribeServices") and return its answer.

        `needs` are keys that the answer must hold: an answer without them is none. Raises Absent
        when AWS says that there is no such resource, ProbeError for every other trouble.
        """
        self._require_account(service)
        action = iam_action(service, operation)
        call = getattr(self.client(service, region), xform_name(operation))
        with self.translating(action):
            answer: Answer = call(**parameters)
        return whole(answer, needs, action)

    def pages(
        self,
        service: str,
        operation: str,
        /,
        *,
        needs: tuple[str, ...],
        region: str | None = None,
        **parameters: Any,
    ) -> Iterator[Answer]:
        """As `ask`, for an operation that answers in pages; an empty one need not be the last."""
        self._require_account(service)
        action = iam_action(service, operation)
        paginator = self.client(service, region).get_paginator(xform_name(operation))
        pages = iter(paginator.paginate(**parameters))
        while True:
            with self.translating(action):
                page: Answer | None = next(pages, None)
            if page is None:
                return
            yield whole(page, needs, action)

    @contextlib.contextmanager
    def translating(self, action: str) -> Iterator[None]:
        """Turn whatever botocore raises inside into a ProbeError about `action`."""
        try:
            yield
        except (BotoCoreError, ClientError, *FOREIGN) as error:
            raise translate(error, action, self._caller) from error

    def _require_account(self, service: str) -> None:
        """Let nothing but STS be asked in any account but the declared one.

        Elsewhere every name would be missing, which would read as a broken deployment.
        """
        if service != "sts":
            self.require_account()

    def require_account(self) -> None:
        """Compare account and region with the declared ones, once.

        Raises WrongAccount when one differs, ProbeError when AWS does not tell.
        """
        with self._account_lock:
            if self._account_is_right:
                return
            self._tell_recent_trouble()
            try:
                self._compare_account()
            except ProbeError as trouble:
                self._account_trouble = (time.monotonic(), trouble)
                raise
            self._account_is_right = True

    def _compare_account(self) -> None:
        self._compare_region()
        answer = self.ask("sts", "GetCallerIdentity", needs=("Account", "Arn"))
        if answer["Account"] != self.account:
            raise WrongAccount(
                f"the AWS credentials are for account {answer['Account']} ({answer['Arn']}), "
                f"and the target file declares {self.account}",
                mend=self._caller.login,
            )

    def _compare_region(self) -> None:
        """A login set up for another region was meant for another deployment; explicit keys name none."""
        named = "" if self._keys else self._region_of_login()
        if named and named != self.region:
            raise WrongAccount(
                f"the AWS login is set up for region {named}, and the target file declares {self.region}",
                mend=f"Choose this environment's login, or set AWS_DEFAULT_REGION={self.region}",
            )

    def _region_of_login(self) -> str:
        """What the profile, or AWS_DEFAULT_REGION, says; "" where neither does."""
        with self.translating("sts:*"):
            profile = self._declared_profile if self._by_profile() else None
            return str(BotocoreSession(profile=profile).get_config_variable("region") or "")

    def _tell_recent_trouble(self) -> None:
        """Spare thirty waiting probes the same refusal, one after another with all its attempts."""
        if self._account_trouble is None:
            return
        since, trouble = self._account_trouble
        if time.monotonic() - since < TROUBLE_KEPT_SECONDS:
            raise type(trouble)(trouble.what, mend=trouble.mend)

    def _made(self, service: str, region: str) -> Any:
        if self._session is None:
            self._session = self._opened()
        opened, where = self._session, {"region_name": region, "endpoint_url": self._endpoint_url}
        made = self._client_of(opened, service, where)
        # What botocore asks for credentials is for it alone.
        Gate(ALLOWED, endpoint=self._endpoint_url or "").stand_before(made.meta.events)
        return made

    def _client_of(self, opened: boto3.Session, service: str, where: Mapping[str, Any]) -> Any:
        for _ in range(_TRIES - 1):
            # A client that is made walks through the process environment, in which pytest notes each
            # test that begins: what was there a moment ago may be gone, and is not AWS's answer.
            with contextlib.suppress(KeyError, RuntimeError):
                return opened.client(service, config=self._config, **where)
        return opened.client(service, config=self._config, **where)

    def _opened(self) -> boto3.Session:
        session = self._with_credentials()
        # Before any client exists, so that no client is without it.
        gate = Gate(ALLOWED, CREDENTIALS, endpoint=self._endpoint_url or "")
        gate.stand_before(session.events)
        session.events.register("before-sign.*.*", lambda **_: self._tell_credentials(session))
        return session

    def _tell_credentials(self, session: boto3.Session) -> None:
        credentials = session.get_credentials()
        if self._signed is not None and credentials is not None:
            self._signed(credentials.get_frozen_credentials())

    def _with_credentials(self) -> boto3.Session:
        if self._keys:
            return boto3.Session(*self._keys, region_name=self.region)
        if self._by_profile():
            return boto3.Session(profile_name=self._declared_profile, region_name=self.region)
        return boto3.Session(region_name=self.region)

    def _by_profile(self) -> bool:
        return EnvProvider().load() is None and self._profile_exists()

    def _profile_exists(self) -> bool:
        profiles = BotocoreSession().available_profiles
        return bool(self._declared_profile) and self._declared_profile in profiles


def _is_here(url: str | None) -> bool:
    return urlsplit(url or "").hostname in ("127.0.0.1", "localhost", "::1")


def open_session(
    aws: Aws,
    *,
    access_key: str | None = None,
    secret_key: str | None = None,
    user_agent: str,
    signed: Callable[[Any], None] | None = None,
) -> AwsSession:
    """A session for the account that `aws` declares.

    Explicit keys win (the sandbox's); else keys in the process environment; else the declared
    profile where the AWS configuration has it; else boto3's own chain. Never raises: a missing
    login shows at the first question, as a ProbeError. `signed` is told of the credentials (frozen
    ones of botocore) that each request is signed with.
    """
    keys = (access_key, secret_key) if access_key and secret_key else None
    return AwsSession(aws, keys, user_agent, signed)


def whole(answer: Answer, needs: tuple[str, ...], action: str) -> Answer:
    """`answer` itself, if it holds every key in `needs`; ProbeError if not.

    A proxy's page with status 200 parses as an answer without any key.
    """
    missing = [key for key in needs if key not in answer]
    if missing:
        raise ProbeError(
            f"{action}: the answer lacks {', '.join(missing)}",
            mend="Look for a proxy in between, or a wrong endpoint_url",
        )
    return answer


__all__ = ["Absent", "Answer", "AwsSession", "open_session", "whole"]
