"""The full-text search, from the home page's search bar."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import pytest

from fixtures.series import OWNER, SERIES, Series, absent_word
from fixtures.vault import POLICY, VaultDocument
from fixtures.viewing import first_page
from postdeploy.check import Step
from postdeploy.flow import Flow
from postdeploy.pages.qumis.home import HomePage
from postdeploy.pages.qumis.search import Results, SearchPage
from postdeploy.pages.qumis.viewer import ViewerPage
from postdeploy.waiting import until

PER_PAGE = 10
TYPES = ("Policy", "Binder", "Contract")


@pytest.mark.prod_smoke
@pytest.mark.writes("document")
@pytest.mark.covers("search.home.keyword", "search.home.includes-document", "search.home.opens")
async def test_searching_for_a_word(flow: Flow) -> None:
    """A word of this run's policy finds that policy, it alone, and opens it."""
    policy = await flow.shared(POLICY)
    page = await flow.page("member")
    search = SearchPage(page, flow.target)
    async with flow.check.gate("search.home.keyword") as step:
        results = await _found(flow, HomePage(page, flow.target), search, policy, step)
    async with flow.check.gate("search.home.includes-document", expected=policy.name) as step:
        step.saw([hit.name for hit in results.hits])
        assert policy.id in results.ids, f"{results.found} results, none of them {policy.name}"
        strangers = [hit.name for hit in results.hits if hit.id != policy.id]
        assert not strangers, f"results that do not hold the word: {strangers}"
    async with flow.check.item("search.home.opens", expected=policy.name) as step:
        here = (await search.face()).heading
        await search.open_hit(policy.id)
        await _opens(ViewerPage(page, flow.target), policy, step, leaving=here)


async def _found(
    flow: Flow, home: HomePage, search: SearchPage, policy: VaultDocument, step: Step
) -> Results:
    """The results for the policy's own word, as soon as the index has it, asked on the home page.

    A word that no document holds must find nothing: a search that returns everything finds nothing.
    """
    word, absent = policy.sample.facts.keyword, absent_word(flow)
    step.saw("", expected=f"results for {word}, none for {absent}")
    nothing = await search.ask(absent)
    assert not nothing.found, f"{absent!r}, which no document holds, has {nothing.found} results"
    assert not nothing.hits, f"{absent!r}, which no document holds, finds {nothing.hits[0].name}"
    await home.open()
    await home.search(word)
    first = await search.results()
    results = first if first.found else await _indexed(search, word, 1)
    step.saw(f"{results.found} for {word}, {nothing.found} for {absent}")
    assert results.hits, f"{results.found} results for {word!r} are told, and none is listed"
    return results


async def _indexed(search: SearchPage, word: str, count: int) -> Results:
    """The results for the word, once there are at least so many."""
    return await until(
        functools.partial(search.ask, word),
        lambda results: results.found >= count,
        what=f"{count} result(s) for {word!r} from the index",
        seconds=search.target.environment.bounds.index_seconds,
    )


async def _opens(viewer: ViewerPage, policy: VaultDocument, step: Step, *, leaving: str) -> None:
    await until(
        viewer.face,
        lambda face: face.heading not in ("", leaving),
        what="the result leads away from the results",
        seconds=viewer.target.environment.bounds.page_seconds,
        every=0.05,
    )
    face = await viewer.settled()
    step.saw(f"{face.path} with heading {face.heading!r}")
    assert face.path == f"/documents/{policy.id}", f"the result led to {face.path}"
    assert face.heading == policy.name, f"the result opened {face.heading!r}"
    text = await first_page(viewer)
    number = policy.sample.facts.policy_number
    assert number in text, f"the viewer does not show policy {number}: {text[:200]!r}"


@pytest.mark.prod_smoke
@pytest.mark.writes("document")
@pytest.mark.covers("search.home.pagination", "search.home.filters")
async def test_walking_through_results(flow: Flow) -> None:
    """Two pages of results hold every hit once, and a type leaves all of that type and no other."""
    series = await flow.shared(SERIES)
    search = SearchPage(await flow.page(OWNER), flow.target)
    async with flow.check.item("search.home.pagination") as step:
        await _pages_hold_each_once(search, series, step)
    if "search.home.filters" in flow.check.covers:
        async with flow.check.item("search.home.filters") as step:
            await _types_narrow(search, series, step)


async def _pages_hold_each_once(search: SearchPage, series: Series, step: Step) -> None:
    step.saw("", expected=f"{PER_PAGE} and then {len(series.documents) - PER_PAGE} of the series")
    first = await _indexed(search, series.word, len(series.documents))
    await search.step("Next").click()
    second = await _turned(search, first)
    step.saw(f"{first.position}: {len(first.hits)}; {second.position}: {len(second.hits)}")
    twice = sorted(set(first.ids) & set(second.ids))
    assert not twice, f"on both pages: {_named(series, twice)}"
    seen = {*first.ids, *second.ids}
    lost = series.ids() - seen
    assert not lost, f"on neither page: {_named(series, lost)}"
    assert seen == series.ids(), f"{len(seen - series.ids())} results do not hold the word"
    sizes = (len(first.hits), len(second.hits))
    assert sizes == (PER_PAGE, len(seen) - PER_PAGE), f"the pages hold {sizes} results"
    assert first.found == second.found == len(seen), f"{first.found} and {second.found} are told"
    await search.step("Previous").click()
    again = await _turned(search, second)
    assert set(again.ids) == set(first.ids), "the first page holds other results when returned to"


async def _turned(search: SearchPage, before: Results) -> Results:
    await until(
        search.results,
        lambda results: results.position != before.position,
        what=f"another page than {before.position!r}",
        seconds=search.target.environment.bounds.page_seconds,
        every=0.05,
    )
    # Read once more: the first reading may have begun on the page before.
    return await search.results()


async def _types_narrow(search: SearchPage, series: Series, step: Step) -> None:
    """Each type leaves exactly the documents of that type, and says how many."""
    step.saw("", expected="of each type all documents and no other")
    await _indexed(search, series.word, len(series.documents))
    counts: dict[str, int] = {}
    for name in TYPES:
        await search.choose_type(name)
        counts[name] = await _left_by(search, name, series)
        step.saw(f"{counts} of {len(series.documents)}")


async def _left_by(search: SearchPage, type_name: str, series: Series) -> int:
    """How many results are told once the list holds those of the type, and nothing else."""
    names = sorted(series.names[one] for one in series.ids(type_name))

    async def listed() -> list[str]:
        return sorted(hit.name for hit in (await search.results()).hits)

    await until(
        listed,
        lambda seen: seen == names,
        what=f"the type {type_name} leaves its {len(names)} documents and no other",
        seconds=search.target.environment.bounds.page_seconds,
        every=0.05,
    )
    found = (await search.results()).found
    assert found == len(names), f"{len(names)} results of type {type_name} are told as {found}"
    return found


def _named(series: Series, ids: Iterable[str]) -> list[str]:
    return sorted(series.names.get(one, one) for one in ids)
