"""Faults that are tried together: each seen by items of its own, in one sandbox and one run (docs/adr/0011).

Starting a sandbox, a browser, its driver and pytest costs as much as most flows do, and one flow answers a dozen items
that have nothing to do with each other. Faults that no item sees two of share that, and each is judged by the record
without what only the others concern: as strictly as when it is alone, but that a red which is another's doing could be
taken for its own. So nobody trusts a company that disagrees: each of it is then tried alone; and each night every fault
meets the whole suite alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from selftests.faults.expected import Expectation
from selftests.faults.plans import Plan, concerned
from selftests.faults.running import Part

Company = tuple[Expectation, ...]
_MOST_CHECKS = 7
"""So many checks may the faults of a company concern, all told: two processors have to run them within their bounds."""


def companies(
    expectations: Sequence[Expectation], plan: Plan, size: int, *, any_checks: bool = False
) -> list[Company]:
    """All of them, up to `size` in one: no item may see two of a company, be it as red, blocked or merely allowed.

    They concern but a few checks together, unless `any_checks`. A fault is alone when its world is a special one, when
    it is about a retry, when no item tells it, and with size 1.
    """
    guests = {one.name: _guest(one, plan) for one in expectations}
    sociable = [one for one in expectations if size > 1 and _sociable(one)]
    found: list[list[Expectation]] = []
    for one in _dearest_first(sociable, guests):
        fitting = [
            company
            for company in found
            if len(company) < size
            and _welcome(guests[one.name], [guests[o.name] for o in company], any_checks)
        ]
        company = min(
            fitting, key=lambda company: _added(guests[one.name], company, guests), default=None
        )
        if company is None:
            found.append([one])
        else:
            company.append(one)
    alone = [one for one in expectations if one not in sociable]
    return [*((one,) for one in alone), *(tuple(company) for company in found)]


def name_of(company: Company) -> str:
    """The names of its faults, as the id of its test."""
    return " & ".join(one.name for one in company)


def together(company: Company) -> Expectation:
    """What the run of all is made with; what is expected of it is said by each."""
    faults = tuple(fault for one in company for fault in one.faults)
    return company[0].model_copy(update={"name": name_of(company), "faults": faults})


def others_part(one: Expectation, company: Company, plan: Plan) -> Part:
    """What only the others of the company concern: whole checks, and single items of checks that it shares."""
    others = [other for other in company if other != one]
    theirs = concerned(plan, sorted({item for other in others for item in other.concerns}))
    reached = (item for other in others for item in _guest(other, plan).reach)
    return Part(
        frozenset(theirs) - {*concerned(plan, one.concerns)},
        frozenset(reached) - _guest(one, plan).reach,
    )


def touched_checks(company: Company, plan: Plan) -> set[str]:
    """Node ids of the checks that may honestly see one of the faults: no samples of what stays as it was."""
    reach = {item for one in company for item in _guest(one, plan).reach}
    return {check for check, items in _answers(plan).items() if items & reach}


def _answers(plan: Plan) -> dict[str, set[str]]:
    """The items that each check answers."""
    answers: dict[str, set[str]] = {}
    for item in plan["items"]:
        for check in item["checks"]:
            answers.setdefault(check, set()).add(item["id"])
    return answers


@dataclass(frozen=True)
class _Guest:
    """The checks that a fault concerns, and all items that it may touch."""

    checks: frozenset[str]
    reach: frozenset[str]


def _guest(one: Expectation, plan: Plan) -> _Guest:
    patterns = (*one.concerns, *one.also, *one.blocked)
    known = (item["id"] for item in plan["items"])
    reach = (item for item in known if any(fnmatchcase(item, pattern) for pattern in patterns))
    return _Guest(frozenset(concerned(plan, one.concerns)), frozenset(reach))


def _sociable(one: Expectation) -> bool:
    special = one.environment or one.options or one.target or one.intermittent or one.alone
    return not special and bool(one.red or one.must_block)


def _welcome(guest: _Guest, company: Sequence[_Guest], any_checks: bool) -> bool:
    checks = guest.checks.union(*(one.checks for one in company))
    return (any_checks or len(checks) <= _MOST_CHECKS) and not any(
        guest.reach & one.reach for one in company
    )


def _added(guest: _Guest, company: Sequence[Expectation], guests: Mapping[str, _Guest]) -> int:
    """How many more checks the company's run would need for that guest."""
    return len(guest.checks.difference(*(guests[one.name].checks for one in company)))


def _dearest_first(
    expectations: Sequence[Expectation], guests: Mapping[str, _Guest]
) -> list[Expectation]:
    """Those that concern the most checks first, and of these the pickiest, so that the others come to them."""

    def rank(one: Expectation) -> tuple[int, int]:
        mine = guests[one.name]
        apart = sum(not mine.reach & guests[other.name].reach for other in expectations)
        return -len(mine.checks), apart

    return sorted(expectations, key=rank)
