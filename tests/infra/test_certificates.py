"""Certificates of ACM are issued, and do not end soon."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.certificates import CertificateState, observe_certificate


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("aws.certificates")
@pytest.mark.covers("acm.{name}")
async def test_certificate_is_issued_and_valid_for_long(flow: Flow, name: str) -> None:
    """The certificate is ISSUED and has at least the declared number of days left."""
    declared = flow.aws.certificates[name]
    async with flow.check.item(f"acm.{name}") as step:
        seen = await flow.observe(observe_certificate, declared.arn, region=declared.region or None)
        days = seen.days_left(datetime.now(UTC))
        step.saw(_in_words(seen, days), expected=f"ISSUED, at least {declared.days} days left")
        assert seen.status != "MISSING", f"there is no certificate {declared.arn}"
        why = f": {seen.reason}" if seen.reason else ""
        assert seen.status == "ISSUED", f"the certificate of {seen.domain} is {seen.status}{why}"
        if days is None:
            raise ProbeError(
                f"ACM does not tell when the certificate of {seen.domain} ends",
                mend="Look at the certificate in the ACM console",
            )
        assert days >= declared.days, (
            f"the certificate of {seen.domain} has {days:.1f} days left, "
            f"at least {declared.days} are wanted"
        )


def _in_words(seen: CertificateState, days: float | None) -> str:
    if days is None:
        return seen.status
    return f"{seen.status} for {seen.domain}, {days:.0f} days left (to {seen.not_after:%Y-%m-%d})"
