"""Certificates of ACM: their status, and how long they are still valid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from postdeploy.probes.aws.session import Absent, AwsSession, whole
from postdeploy.probes.aws.times import utc


@dataclass(frozen=True)
class CertificateState:
    """A certificate; `status` is ACM's word (ISSUED, EXPIRED, …), or "MISSING" where there is none.

    `not_after` is None for a certificate that was never issued.
    """

    arn: str
    status: str
    domain: str = ""
    not_after: datetime | None = None
    reason: str = ""

    def days_left(self, now: datetime) -> float | None:
        """Days until it ends, negative afterwards; None without an end."""
        if self.not_after is None:
            return None
        return (self.not_after - now).total_seconds() / 86_400


def observe_certificate(
    session: AwsSession, arn: str, *, region: str | None = None
) -> CertificateState:
    """The certificate with that ARN; without `region` it is asked for where its ARN says. Raises ProbeError."""
    try:
        answer = session.ask(
            "acm",
            "DescribeCertificate",
            needs=("Certificate",),
            region=region or _region(arn),
            CertificateArn=arn,
        )
    except Absent:
        return CertificateState(arn, "MISSING")
    raw = whole(answer["Certificate"], ("Status",), "acm:DescribeCertificate")
    return CertificateState(
        arn=arn,
        status=str(raw["Status"]),
        domain=str(raw.get("DomainName") or ""),
        not_after=utc(raw.get("NotAfter")),
        reason=str(raw.get("FailureReason") or raw.get("RevocationReason") or ""),
    )


def _region(arn: str) -> str | None:
    """CloudFront takes certificates of us-east-1 only, so that one may lie outside the target's region."""
    parts = arn.split(":")
    return parts[3] or None if len(parts) > 5 else None
