"""Faults that are tried together: each in a flow of its own, in one sandbox and one run (docs/adr/0011).

Starting a sandbox, a browser, its driver and pytest costs as much as most flows do. Faults whose checks are different
ones share that, and each is judged by the record without what only the others' checks looked at: as strictly as when it
is alone, but that a red which is another's doing could be taken for its own. So nobody trusts a company that disagrees:
each of it is then tried alone; and each night every fault meets the whole suite alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from selftests.faults.expected import Expectation
from selftests.faults.plans import Plan, concerned

Company = tuple[Expectation, ...]
_MOST_CHECKS = 7
"""So many checks may the faults of a company concern, all told: two processors have to run them within their bounds."""


def companies(expectations: Sequence[Expectation], plan: Plan, size: int) -> list[Company]:
    """All of them, up to `size` in one: those of a company have no check in common, and none reaches another's items.

    A fault is alone when its world is a special one, when it is about a retry, when no item tells it, and with size 1.
    """
    answers = _answers(plan)
    guests = {one.name: _guest(one, plan, answers) for one in expectations}
    sociable = [one for one in expectations if size > 1 and _sociable(one)]
    found: list[list[Expectation]] = []
    for one in _pickiest_first(sociable, guests):
        fitting = (
            company
            for company in found
            if len(company) < size and _welcome(guests[one.name], [guests[o.name] for o in company])
        )
        company = next(fitting, None)
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


def others_checks(one: Expectation, company: Company, plan: Plan) -> set[str]:
    """Node ids of the checks that only the others of the company concern."""
    others = {i for other in company if other != one for i in other.concerns}
    return {*concerned(plan, sorted(others))} - {*concerned(plan, one.concerns)}


def touched_checks(company: Company, plan: Plan) -> set[str]:
    """Node ids of the checks that may honestly see one of the faults: no samples of what stays as it was."""
    answers = _answers(plan)
    reach = {item for one in company for item in _guest(one, plan, answers).reach}
    return {check for check, items in answers.items() if items & reach}


def _answers(plan: Plan) -> dict[str, set[str]]:
    """The items that each check answers."""
    answers: dict[str, set[str]] = {}
    for item in plan["items"]:
        for check in item["checks"]:
            answers.setdefault(check, set()).add(item["id"])
    return answers


@dataclass(frozen=True)
class _Guest:
    """The checks that a fault concerns, all items that these answer, and all that it may touch."""

    checks: frozenset[str]
    items: frozenset[str]
    reach: frozenset[str]

    def fits(self, other: _Guest) -> bool:
        apart = not self.checks & other.checks
        return apart and not self.reach & other.items and not other.reach & self.items


def _guest(one: Expectation, plan: Plan, answers: Mapping[str, set[str]]) -> _Guest:
    checks = frozenset(concerned(plan, one.concerns))
    patterns = (*one.concerns, *one.also, *one.blocked)
    known = (item["id"] for item in plan["items"])
    reach = (item for item in known if any(fnmatchcase(item, pattern) for pattern in patterns))
    return _Guest(checks, frozenset(i for c in checks for i in answers[c]), frozenset(reach))


def _sociable(one: Expectation) -> bool:
    special = one.environment or one.options or one.target or one.intermittent or one.alone
    return not special and bool(one.red or one.must_block)


def _welcome(guest: _Guest, company: Sequence[_Guest]) -> bool:
    many = sum(len(one.checks) for one in (guest, *company)) > _MOST_CHECKS
    return not many and all(guest.fits(one) for one in company)


def _pickiest_first(
    expectations: Sequence[Expectation], guests: Mapping[str, _Guest]
) -> list[Expectation]:
    """Those that get on with the fewest others first, so that the others come to them."""

    def partners(one: Expectation) -> int:
        return sum(guests[one.name].fits(guests[other.name]) for other in expectations)

    return sorted(expectations, key=partners)
