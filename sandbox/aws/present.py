"""The account that this process stands in for: one at a time, for moto's state is the process's."""

from sandbox.aws.description import AccountDescription

_present: list[AccountDescription] = []


def choose(described: AccountDescription) -> None:
    """Stand in for this account from now on."""
    _present[:] = [described]


def present() -> AccountDescription:
    """The account that was chosen; LookupError before one was."""
    if not _present:
        raise LookupError("no account has been chosen yet")
    return _present[0]
