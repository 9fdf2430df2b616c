"""Models of what a target file says about the things that checks make: how they are found, and what remains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from postdeploy.errors import Problem, nearest
from postdeploy.naming import PLACEHOLDERS
from postdeploy.tables import Model, Path_

Request = Annotated[str, StringConstraints(pattern=r"^(POST|PUT|PATCH) /\S*$")]


class Listing(Model):
    """How the product lists one kind of thing, and how one of ours is known among them."""

    paths: tuple[Path_, ...] = Field(min_length=1)
    """What is asked for; `{page}` counts from 1 until a page brings nothing new."""
    items: str = ""
    """Dotted key of the list in the answer; "" = the answer is the list."""
    id: str = "id"
    name: str = "name"
    owner: str
    """Dotted key of the owner's e-mail address; "" = the list holds the asker's own things alone."""
    made: str
    """Dotted key of when it was made, by the product's clock (ISO 8601)."""
    named: tuple[str, ...] = ("{name}",)
    """What one of ours is called: `{name}` is a name that a run gives, `{names}` a list of them."""
    unnamed: tuple[str, ...] = ()
    """Titles by which the product calls what nobody has named; such a thing is ours if all it is about is."""
    about: dict[str, str] = {}
    """Kind → dotted key of the ids (one, or a list) of the things that this one is about."""
    creates: tuple[Request, ...] = ()
    """The requests that make one ("POST /api/v1/documents"): none goes out without an intent in the ledger."""
    roles: tuple[str, ...] = Field(min_length=1)
    """As whom the list is asked for: the roles that make such things."""


class Leftovers(Model):
    """What is done about things that earlier runs have left, and what no run takes away."""

    aged_minutes: float = Field(default=120, ge=30, le=10_080)
    """How old a thing, and the run that made it, must be before another machine's run may remove it."""
    remains: dict[str, str] = {}
    """Kind → why one of them stays where it is: a mail that was sent stays sent."""


def leftover_problems(
    where: str,
    sweep: Mapping[str, Listing],
    leftovers: Leftovers,
    cleanup: Mapping[str, object],
    roles: Mapping[str, object],
) -> Iterator[Problem]:
    """What does not fit together in an environment's [sweep], [cleanup] and [leftovers]."""
    for kind, listing in sweep.items():
        if kind not in cleanup:
            mend = nearest(kind, cleanup) or f"Add [cleanup] {kind}"
            yield Problem(where, f"sweep.{kind}: no [cleanup] says how one is removed", mend)
        yield from _names(where, kind, listing)
        yield from _references(where, kind, listing, sweep, roles)
    for kind in leftovers.remains:
        if kind in cleanup:
            mend = "Take one of the two out"
            yield Problem(where, f"leftovers.remains: a {kind} has a [cleanup] as well", mend)


def _names(where: str, kind: str, listing: Listing) -> Iterator[Problem]:
    for pattern in listing.named:
        if not any(place in pattern for place in PLACEHOLDERS):
            mend = f"Write {' or '.join(PLACEHOLDERS)} where our names stand"
            yield Problem(where, f"sweep.{kind}.named: {pattern!r} holds no name of ours", mend)
    if listing.unnamed and not listing.about:
        what = f"sweep.{kind}.unnamed: nothing says whose such a {kind} is"
        yield Problem(where, what, "Add `about`, or take `unnamed` out")


def _references(
    where: str,
    kind: str,
    listing: Listing,
    sweep: Mapping[str, Listing],
    roles: Mapping[str, object],
) -> Iterator[Problem]:
    for role in listing.roles:
        if role not in roles:
            mend = nearest(role, roles) or "Add it under [roles]"
            yield Problem(where, f"sweep.{kind}.roles: unknown role {role!r}", mend)
    for other in listing.about:
        if other not in sweep:
            mend = nearest(other, sweep)
            yield Problem(where, f"sweep.{kind}.about: unknown kind {other!r}", mend)
