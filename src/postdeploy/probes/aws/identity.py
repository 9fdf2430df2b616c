"""Who the AWS caller is, by STS."""

from __future__ import annotations

from dataclasses import dataclass

from postdeploy.probes.aws.session import AwsSession


@dataclass(frozen=True)
class CallerIdentity:
    """The account that the credentials belong to, the caller's name, and the region that is asked."""

    account: str
    arn: str
    region: str


def observe_identity(session: AwsSession) -> CallerIdentity:
    """Ask STS who is calling. Raises ProbeError."""
    answer = session.ask("sts", "GetCallerIdentity", needs=("Account", "Arn"))
    return CallerIdentity(str(answer["Account"]), str(answer["Arn"]), session.region)
