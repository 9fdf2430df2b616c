"""What a run may send, and where: decided at the transport, before a byte leaves (docs/policy.md)."""

from postdeploy.policy.declared import policy_of, policy_problems
from postdeploy.policy.permit import Permit, Refused
from postdeploy.policy.rules import (
    CLEANUP,
    PAGE,
    READ_ONLY_KINDS,
    SIGN_IN,
    SIGN_OUT,
    Policy,
    Wish,
    authority,
)

__all__ = [
    "CLEANUP",
    "PAGE",
    "READ_ONLY_KINDS",
    "SIGN_IN",
    "SIGN_OUT",
    "Permit",
    "Policy",
    "Refused",
    "Wish",
    "authority",
    "policy_of",
    "policy_problems",
]
