"""Faults that are tried together: each in a flow of its own, in one sandbox and one run (docs/adr/0011).

Starting a sandbox, a browser, its driver and pytest costs as much as most flows do. Faults whose checks are different
ones share that, and each is judged by the record without what only the others' checks looked at: as strictly as when it
is alone, but that a red which is another's doing could be taken for its own. So nobody trusts a company that disagrees:
each of it is then tried alone; and each night every fault meets the whole suite alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from selftests.faults.expected import Expectation
from selftests.faults.plans import Plan, concerned

Company = tuple[Expectation, ...]
_MOST_CHECKS = 2
"""A fault that concerns more checks than this is a run of its own."""


def companies(expectations: Sequence[Expectation], plan: Plan, size: int) -> list[Company]:
    """All of them, up to `size` in one: those of a company have no check in common, and none reaches another's items.

    A fault is alone when its world is a special one, when it is about a retry or a shared step, and with size 1.
    """
    checks = {one.name: frozenset(concerned(plan, one.concerns)) for one in expectations}
    answers = _answers(plan)
    items = {name: {i for check in found for i in answers[check]} for name, found in checks.items()}
    sociable = [one for one in expectations if size > 1 and _sociable(one, checks[one.name])]
    found: list[list[Expectation]] = []
    for one in _spread(sociable, checks):
        fitting = (
            company
            for company in found
            if len(company) < size and all(_fit(one, other, checks, items) for other in company)
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


def _answers(plan: Plan) -> dict[str, set[str]]:
    """The items that each check answers."""
    answers: dict[str, set[str]] = {}
    for item in plan["items"]:
        for check in item["checks"]:
            answers.setdefault(check, set()).add(item["id"])
    return answers


def _sociable(one: Expectation, checks: frozenset[str]) -> bool:
    special = one.environment or one.options or one.target or one.intermittent or one.alone
    return not special and bool(one.red) and 0 < len(checks) <= _MOST_CHECKS


def _spread(
    expectations: Iterable[Expectation], checks: Mapping[str, frozenset[str]]
) -> list[Expectation]:
    """Those of the most frequent checks first, so that each finds company of other checks."""
    by_checks: dict[frozenset[str], list[Expectation]] = {}
    for one in expectations:
        by_checks.setdefault(checks[one.name], []).append(one)
    largest = sorted(by_checks.values(), key=len, reverse=True)
    return [one for together in largest for one in together]


def _fit(
    one: Expectation,
    other: Expectation,
    checks: Mapping[str, frozenset[str]],
    items: Mapping[str, set[str]],
) -> bool:
    apart = not checks[one.name] & checks[other.name]
    return apart and not _reaches(one, items[other.name]) and not _reaches(other, items[one.name])


def _reaches(one: Expectation, items: Iterable[str]) -> bool:
    patterns = (*one.red, *one.any_red, *one.also, *one.blocked, *one.must_block)
    return any(fnmatchcase(item, pattern) for item in items for pattern in patterns)
