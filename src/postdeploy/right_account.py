"""Compares the AWS account and region with the declared ones before anything else is sent anywhere.

Whoever is signed in to another account has another environment in mind: its pages would be looked at, and
written to, by mistake, and every name in AWS would be missing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from postdeploy.errors import ProbeError

if TYPE_CHECKING:
    from postdeploy.run import Run

_SECONDS = 20
"""AWS answers this question in a tenth of a second; when it does not, its own checks say so."""


async def refusal(run: Run) -> str:
    """Why nothing may be looked at, in a sentence; "" where account and region are right, or cannot be told."""
    if run.environment.aws is None:
        return ""
    from postdeploy.probes.aws.session import WrongAccount

    try:
        async with asyncio.timeout(_SECONDS):
            await run.in_thread(lambda: run.aws_session.require_account())
    except WrongAccount as wrong:
        return f"{wrong}. Nothing was sent to {run.target.title}"
    except (ProbeError, TimeoutError) as trouble:
        run.log(f"the AWS account could not be compared: {trouble!r}")
    return ""
