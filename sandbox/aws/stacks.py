"""CloudFormation's stacks: created, and put into the states that an operator meets.

Imported only where an account has stacks, for moto's CloudFormation takes half a second.
"""

from datetime import datetime, timedelta

from moto.cloudformation.models import CloudFormationBackend, Stack, cloudformation_backends
from moto.cloudformation.utils import generate_stack_id
from moto.core.utils import utcnow

from sandbox.aws.deployments import DEPLOYED
from sandbox.aws.description import ACCOUNT
from sandbox.aws.present import present


def _backend() -> CloudFormationBackend:
    return cloudformation_backends[ACCOUNT][present().region]


def create(name: str) -> None:
    """Let there be a stack that the deployment has updated."""
    region = present().region
    stack_id = generate_stack_id(name, region, ACCOUNT)
    # Moto leaves some of CloudFormation's methods out of this class, which nobody calls here.
    stack = Stack(stack_id, name, {}, {}, ACCOUNT, region)  # type: ignore[abstract]
    stack.creation_time = utcnow() - timedelta(days=400)
    _backend().stacks[stack_id] = stack
    put(name, "UPDATE_COMPLETE", "", utcnow() - DEPLOYED)


def put(name: str, status: str, reason: str, at: datetime) -> None:
    """Put a stack into a status, last updated at that time (in UTC).

    Raises KeyError when there is no such stack.
    """
    stack = _found(name)
    stack.status = status
    # Moto keeps neither; its serializer gives out what the object has.
    for attribute, value in (("last_updated_time", at), ("stack_status_reason", reason or None)):
        setattr(stack, attribute, value)


def remove(name: str) -> None:
    """Let there be no such stack; KeyError when there is none already."""
    del _backend().stacks[_found(name).stack_id]


def _found(name: str) -> Stack:
    return {stack.name: stack for stack in _backend().stacks.values()}[name]
