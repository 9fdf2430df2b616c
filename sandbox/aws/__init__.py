"""The AWS account that the stand-in product runs in."""

from sandbox.aws import quick_start  # noqa: F401 - must come before all that imports moto
from sandbox.aws.standin import AwsStandIn

__all__ = ["AwsStandIn"]
