"""Decides, before moto sees a call, whether AWS would have let it in at all."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.aws.description import ACCESS_KEY, ACCOUNT
from sandbox.aws.present import present

# Which of AWS's wire forms a service's errors take decides the name of the error code.
_QUERY_SERVICES = frozenset({"sts", "rds", "sns", "cloudwatch", "cloudformation", "elbv2", "ec2"})
_IAM_PREFIXES = {"elbv2": "elasticloadbalancing"}

COMMON_CODES = (
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "ExpiredToken",
    "ExpiredTokenException",
    "Throttling",
    "ThrottlingException",
    "RequestThrottled",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "AccessDenied",
    "AccessDeniedException",
)


@dataclass(frozen=True)
class Refusal:
    """An error that AWS gives instead of an answer: its code, its text, its HTTP status."""

    code: str
    message: str
    status: int


def _delay_from_environment() -> float:
    return float(os.environ.get("SANDBOX_AWS_DELAY_MS", "0")) / 1000


@dataclass
class Gate:
    """What the stand-in refuses at the moment; the delay before each answer is in seconds.

    `latency` tells how many more the next one takes.
    """

    account: str = ACCOUNT
    delay: float = field(default_factory=_delay_from_environment)
    latency: Callable[[], float] = lambda: 0.0
    expired: bool = False
    denied_services: set[str] = field(default_factory=set)
    throttled_services: set[str] | None = field(default_factory=set)
    throttle_every: int = 1
    _calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self) -> None:
        """Hold the call back for the configured delay, as a distant region would."""
        delay = self.delay + self.latency()
        if delay > 0:
            time.sleep(delay)

    def judge(self, service: str, operation: str, access_key: str | None) -> Refusal | None:
        """Return the error that AWS would answer with, or None when the call may pass."""
        if access_key is None:
            return missing_token(service)
        if access_key != ACCESS_KEY:
            return unknown_key(service)
        if self.expired:
            return expired_token(service)
        if self._is_throttled(service):
            return throttled(service)
        if service in self.denied_services:
            return denied(service, operation, self.account)
        return None

    def _is_throttled(self, service: str) -> bool:
        if self.throttled_services is not None and service not in self.throttled_services:
            return False
        with self._lock:
            self._calls += 1
            return self._calls % self.throttle_every == 0


def _is_query(service: str) -> bool:
    return service in _QUERY_SERVICES


def missing_token(service: str) -> Refusal:
    """The answer to an unsigned call."""
    code = (
        "MissingAuthenticationToken"
        if _is_query(service)
        else "MissingAuthenticationTokenException"
    )
    return Refusal(code, "Request is missing Authentication Token", 403)


def unknown_key(service: str) -> Refusal:
    """The answer to an access key that does not exist."""
    message = "The security token included in the request is invalid."
    if _is_query(service):
        return Refusal("InvalidClientTokenId", message, 403)
    return Refusal("UnrecognizedClientException", message, 403 if service == "lambda" else 400)


def expired_token(service: str) -> Refusal:
    """The answer to temporary credentials whose time has run out."""
    message = "The security token included in the request is expired"
    if _is_query(service):
        return Refusal("ExpiredToken", message, 403)
    return Refusal("ExpiredTokenException", message, 403 if service == "lambda" else 400)


def throttled(service: str) -> Refusal:
    """The answer to too many calls in a short time, which each service words differently."""
    if service == "lambda":
        return Refusal("TooManyRequestsException", "Rate exceeded", 429)
    if service == "ec2":
        return Refusal("RequestLimitExceeded", "Request limit exceeded.", 503)
    if service == "sqs":
        return Refusal("RequestThrottled", "Request is throttled.", 400)
    code = "Throttling" if _is_query(service) else "ThrottlingException"
    return Refusal(code, "Rate exceeded", 400)


def denied(service: str, operation: str, account: str) -> Refusal:
    """The answer when no policy allows the operation."""
    action = f"{_IAM_PREFIXES.get(service, service)}:{operation}"
    message = (
        f"User: {present().reader_arn(account)} is not authorized to perform: {action} "
        f"because no identity-based policy allows the {action} action"
    )
    if _is_query(service):
        return Refusal("AccessDenied", message, 403)
    return Refusal("AccessDeniedException", message, 403 if service == "lambda" else 400)
