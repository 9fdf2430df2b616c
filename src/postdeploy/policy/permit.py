"""Who sends something, which kinds of writes it has declared, and what it was refused."""

from __future__ import annotations

from collections.abc import Collection
from contextvars import ContextVar
from dataclasses import dataclass, field

from postdeploy.errors import ProbeError


class Refused(ProbeError):
    """A request that the policy does not allow was about to be sent; nothing has left.

    `stranger` says that it was meant for a host that the target does not declare, `quiet` that it is
    nothing to blame a check for: what a page sends by itself to somebody else than the product.
    """

    def __init__(
        self, what: str, *, mend: str = "", stranger: bool = False, quiet: bool = False
    ) -> None:
        self.stranger = stranger
        self.quiet = quiet
        super().__init__(what, mend=mend)


@dataclass
class Permit:
    """What one flow may send; `where` is the place at which it declares that, as a person would find it.

    Refusals are kept here, so that a check cannot end green over one that the code around it swallowed.
    """

    kinds: frozenset[str] = frozenset()
    where: str = ""
    removable: Collection[str] | None = None
    """Ids that a clean-up may remove; None: any."""
    refusals: list[Refused] = field(default_factory=list)
    _told: int = 0

    def widened(self, *kinds: str) -> Permit:
        """The same with further kinds; what is refused to either is kept for both."""
        return Permit(self.kinds | set(kinds), self.where, self.removable, self.refusals)

    def keep(self, refused: Refused) -> Refused:
        """Remember a refusal."""
        self.refusals.append(refused)
        return refused

    def untold(self) -> list[Refused]:
        """What was refused since this was last asked."""
        new = self.refusals[self._told :]
        self._told = len(self.refusals)
        return new


CURRENT: ContextVar[Permit | None] = ContextVar("permit", default=None)
"""Whose AWS call it is that this thread makes."""
