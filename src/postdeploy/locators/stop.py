"""A page of the product at which the doctor stops to count what its page object looks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from postdeploy.locators.declaration import Find, Place, declared


@dataclass(frozen=True)
class Stop:
    """A page that is open now, with its page object; without one, `missing` says why it could not be opened.

    `further` are locators that the target file declares rather than the page object, and `afterwards`
    says that all of them are there only after an action that a doctor does not take.
    """

    page: str
    place: Place | None = None
    further: Mapping[str, Find] = field(default_factory=dict)
    missing: str = ""
    afterwards: bool = False

    def finds(self) -> dict[str, Find]:
        """What is to be counted here, by name: the page object's locators that this variant has, and further ones."""
        if self.place is None:
            return {}
        variant = getattr(self.place, "variant", "")
        own = declared(type(self.place)).items()
        return {name: find for name, find in own if not find.on or variant in find.on} | {
            **self.further
        }
