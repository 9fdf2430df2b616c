"""The AWS account that the stand-in product runs in."""

from sandbox.aws.standin import AwsStandIn

__all__ = ["AwsStandIn"]
