"""The one mapping from botocore's and boto3's errors to sentences that say what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from postdeploy.errors import ProbeError

_DENIED: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "KMSAccessDeniedException",
        "NotAuthorized",
        "UnauthorizedOperation",
    }
)
_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN_KEY: Final = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotSignedUp",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_THROTTLED: Final = frozenset(
    {
        "LimitExceededException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_ABSENT: Final = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "ClusterNotFoundException",
        "DBInstanceNotFound",
        "DBInstanceNotFoundFault",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "ServiceNotFoundException",
        "TargetGroupNotFound",
    }
)
_MALFORMED: Final = frozenset({"MalformedQueryException"})
_NO_SUCH_STACK: Final = ("ValidationError", "does not exist")
"""CloudFormation has no code of its own for a stack that is not there: a code and what its message says."""
_SKEWED_CODE: Final = "RequestTimeTooSkewed"
_SKEWED_WORDS: Final = ("Signature expired", "Signature not yet current")
"""What AWS says of a signature that was made by another time."""
_NO_LOGIN: Final = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.MetadataRetrievalError,
    aws.TokenRetrievalError,
    aws.NoAuthTokenError,
    aws.SSOError,
    aws.LoginError,
    aws.RefreshWithMFAUnsupportedError,
    aws.UnknownCredentialError,
)
_NO_REGION: Final = (
    aws.NoRegionError,
    aws.InvalidRegionError,
    aws.UnknownRegionError,
    aws.UnknownEndpointError,
    aws.BaseEndpointResolverError,
    aws.EndpointResolutionError,
    aws.ServiceNotInRegionError,
)
_NO_CONNECTION: Final = (
    aws.HTTPClientError,
    aws.ConnectionError,
    aws.IncompleteReadError,
    aws.ResponseStreamingError,
)
FOREIGN: Final = (ResponseParserError, KeyError)
"""What botocore's parsers raise for an answer that is not AWS's; well-formed HTML gives a KeyError."""


class Absent(ProbeError):
    """AWS answered that there is no such resource; a probe turns it into its observation."""


class Caller:
    """Who asks AWS, as far as a sentence about a missing login or permission needs to know."""

    def __init__(self, profile: str, region: str) -> None:
        self.profile = profile
        self.region = region

    @property
    def login(self) -> str:
        """What to do about missing or expired credentials."""
        if self.profile:
            return f"Run `aws sso login --profile {self.profile}`, or export fresh credentials"
        return "Export fresh AWS credentials, or set AWS_PROFILE and run `aws sso login`"


def translate(error: Exception, action: str, caller: Caller) -> ProbeError:
    """What `error` means for an observation; `action` is the IAM action ("ecs:DescribeServices").

    An AWS that cannot be reached is the runner's trouble and never the product's: it becomes a
    plain ProbeError, so that a closed network does not read as a broken deployment.
    """
    if isinstance(error, aws.ClientError):
        return _refused(error, action, caller)
    if isinstance(error, FOREIGN):
        what = f"{action}: the answer is not AWS's ({_first_line(error)})"
        return ProbeError(what, mend="Look for a proxy in between, or a wrong endpoint_url")
    return _not_sent(error, action, caller)


def _refused(error: aws.ClientError, action: str, caller: Caller) -> ProbeError:
    details = error.response.get("Error", {})
    code = str(details.get("Code", ""))
    message = str(details.get("Message", "")).strip()
    said = f"{action}: {code}" + (f" ({message})" if message else "")
    if _is_absent_stack(action, code, message):
        return _absent(said, caller, action)
    if code == _SKEWED_CODE or any(words in message for words in _SKEWED_WORDS):
        return ProbeError(said, mend="Set this machine's clock (NTP): AWS refuses what it signs")
    for codes, mend in _BY_CODE:
        if code in codes:
            return mend(said, caller, action)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if int(status) >= 500:
        return ProbeError(said, mend="AWS itself is in trouble: see its health page")
    return ProbeError(said, mend="Compare [aws] in the target file with the account")


def _is_absent_stack(action: str, code: str, message: str) -> bool:
    wanted, said = _NO_SUCH_STACK
    return action == "cloudformation:DescribeStacks" and code == wanted and said in message


def _denied(said: str, caller: Caller, action: str) -> ProbeError:
    who = f"profile {caller.profile}" if caller.profile else "the role in use"
    return ProbeError(
        said, mend=f"Allow {action} to {who}; docs/aws-permissions.json is the whole policy"
    )


def _expired(said: str, caller: Caller, _: str) -> ProbeError:
    return ProbeError(said, mend=caller.login)


def _throttled(said: str, _: Caller, __: str) -> ProbeError:
    return ProbeError(
        said, mend="Three attempts were made; run again when the account is less busy"
    )


def _absent(said: str, _: Caller, __: str) -> ProbeError:
    return Absent(said, mend="Compare the name in the target file with the account")


def _malformed(said: str, _: Caller, __: str) -> ProbeError:
    return ProbeError(
        said,
        mend="Compare `patterns` and `ignore` of the log group in the target file with Insights",
    )


_BY_CODE: Final[tuple[tuple[frozenset[str], Callable[[str, Caller, str], ProbeError]], ...]] = (
    (_DENIED, _denied),
    (_EXPIRED, _expired),
    (_UNKNOWN_KEY, _expired),
    (_THROTTLED, _throttled),
    (_ABSENT, _absent),
    (_MALFORMED, _malformed),
)


def _not_sent(error: Exception, action: str, caller: Caller) -> ProbeError:
    said = f"{action}: {_first_line(error)}"
    if isinstance(error, aws.ProfileNotFound):
        return ProbeError(said, mend="Unset AWS_PROFILE, or add that profile to ~/.aws/config")
    if isinstance(error, _NO_LOGIN):
        return ProbeError(said, mend=caller.login)
    if isinstance(error, _NO_REGION):
        return ProbeError(said, mend=f"Compare the region {caller.region!r} in the target file")
    if isinstance(error, _NO_CONNECTION):
        return ProbeError(said, mend="Check the runner's network and proxy, and endpoint_url")
    return ProbeError(said, mend="Compare [aws] in the target file with what this operation takes")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300]
