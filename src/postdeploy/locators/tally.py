"""Counts what the locators of a page find, and says what may be meant where they find none or several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from postdeploy.locators.declaration import Find, Place
from postdeploy.locators.nearest import Element, candidates, matching, read_snapshot, told
from postdeploy.waiting import DeadlineError, until

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from postdeploy.locators.stop import Stop

State = Literal["OK", "none", "several", "after an action", "not reached"]
_WRONG = ("none", "several")


@dataclass(frozen=True)
class Row:
    """One locator on one page: what it looks for, how many it finds, and what else may be meant."""

    page: str
    locator: str
    wanted: str
    expected: str
    found: int
    state: State
    note: str = ""
    nearest: tuple[str, ...] = ()
    key: str = ""
    """Where the target file has the caption, within [labels]."""
    failed: bool = False
    """Whether this itself keeps the whole from being right, though it is no count."""

    @property
    def wrong(self) -> bool:
        """Whether the page objects do not fit the page here."""
        return self.failed or self.state in _WRONG


async def tally(stop: Stop, page: Page) -> list[Row]:
    """Count every locator of the page that is open; what is missing is given a little time to come."""
    place = stop.place
    if place is None:
        return [Row(stop.page, "", "", "", 0, "not reached", stop.missing)]
    finds = stop.finds()

    async def counted() -> dict[str, int]:
        return {name: await _locator(find, place).count() for name, find in finds.items()}

    try:
        counts = await until(
            counted,
            lambda seen: not any(_state(n, finds, seen, stop) in _WRONG for n in finds),
            what="every locator",
            seconds=place.target.environment.bounds.settle_seconds,
        )
    except DeadlineError:
        counts = await counted()
    rows = [_row(name, finds, counts, stop, place) for name in finds]
    if not any(row.wrong for row in rows):
        return rows
    elements = read_snapshot(await page.locator("body").aria_snapshot())
    return [_explained(row, finds, elements, place) if row.wrong else row for row in rows]


def _locator(find: Find, place: Place) -> Locator:
    return find.__get__(place, type(place))


def _state(name: str, finds: Mapping[str, Find], counts: Mapping[str, int], stop: Stop) -> State:
    find, found = finds[name], counts[name]
    if not found and (stop.afterwards or find.count == "later"):
        return "after an action"
    if not found and _lacks(find, counts):
        return "not reached"
    if find.count == "one" and found > 1:
        return "several"
    if found or find.count == "any" or counts.get(find.unless, 0):
        return "OK"
    return "none"


def _lacks(find: Find, counts: Mapping[str, int]) -> str:
    """The locator that this one rests on and that finds nothing itself."""
    return next((one for one in (find.within, find.needs) if one and not counts.get(one)), "")


def _plain(name: str) -> str:
    return name.strip("_").replace("_", " ")


def _row(
    name: str, finds: Mapping[str, Find], counts: Mapping[str, int], stop: Stop, place: Place
) -> Row:
    find, state = finds[name], _state(name, finds, counts, stop)
    lacking = _lacks(find, counts) if state == "not reached" else ""
    return Row(
        page=stop.page,
        locator=_plain(name),
        wanted=find.wanted(place.target),
        expected="later" if stop.afterwards else find.count,
        found=counts[name],
        state=state,
        note=f"there is no {_plain(lacking)}" if lacking else "",
        key=find.label,
    )


def _explained(row: Row, finds: Mapping[str, Find], elements: list[Element], place: Place) -> Row:
    name, find = next((n, f) for n, f in finds.items() if _plain(n) == row.locator)
    words = find.caption(place.target)
    if row.state == "several":
        near = tuple(matching(find, words, elements))
    else:
        others = [(f, f.caption(place.target)) for n, f in finds.items() if n != name]
        taken = [one for f, w in others if w for one in matching(f, w, elements)]
        near = candidates(find, words, elements, taken)
    return Row(**{**vars(row), "nearest": tuple(told(near))})
