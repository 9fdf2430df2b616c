"""The full-text search, from the home page's search bar."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import pytest

from fixtures.series import OWNER, SERIES, Series, absent_word
from fixtures.vault import POLICY, VaultDocument, told
from fixtures.viewing import shows_first_page
from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.pages.qumis.home import HomePage
from postdeploy.pages.qumis.search import Hit, Results, SearchPage
from postdeploy.pages.qumis.viewer import ViewerPage
from postdeploy.waiting import until

PER_PAGE = 10


@pytest.mark.prod_smoke
@pytest.mark.writes("document")
@pytest.mark.covers("search.home.keyword", "search.home.includes-document")
async def test_searching_for_a_word(flow: Flow) -> None:
    """A word of this run's policy finds that policy and it alone, for its owner only."""
    policy = await flow.shared(POLICY)
    page = await flow.page("member")
    search = SearchPage(page, flow.target)
    async with flow.check.gate("search.home.keyword") as step:
        results = await _found(flow, HomePage(page, flow.target), search, policy, step)
    async with flow.check.item("search.home.includes-document", expected=policy.name) as step:
        step.saw(list(results.names))
        assert policy.name in results.names, f"{results.found} results without {policy.name}"
        strangers = {*results.names} - {policy.name}
        assert not strangers, f"results that do not hold the word: {strangers}"
        await _is_found_by_nobody_else(flow, policy)


async def _found(
    flow: Flow, home: HomePage, search: SearchPage, policy: VaultDocument, step: Step
) -> Results:
    """The results for the policy's own word, as soon as the index has it, asked on the home page.

    A word that no document holds must find nothing: a search that returns everything finds nothing.
    """
    word, absent = policy.sample.facts.keyword, absent_word(flow)
    step.saw("", expected=f"results for {word}, none for {absent}")
    nothing = await search.ask(absent)
    _answered(nothing)
    assert not nothing.found, f"{absent!r}, which no document holds, has {nothing.found} results"
    assert not nothing.hits, f"{absent!r}, which no document holds, finds {nothing.hits[0].name}"
    results = await _asked_at_home(home, search, word)
    if not results.found:
        # Not in the index yet, or lost on the way from the search bar to it.
        await _indexed(search, word, 1)
        results = await until(
            functools.partial(_asked_at_home, home, search, word),
            lambda results: bool(results.found),
            what=f"the home page's search bar finds {word!r}, which its address finds",
            seconds=search.target.environment.bounds.page_seconds,
        )
    step.saw(f"{results.found} for {word}, {nothing.found} for {absent}")
    assert results.hits, f"{results.found} results for {word!r} are told, and none is listed"
    return results


async def _asked_at_home(home: HomePage, search: SearchPage, word: str) -> Results:
    await home.open()
    await home.search(word)
    await _leads_away(home)
    results = await search.results()
    _answered(results)
    return results


async def _leads_away(home: HomePage) -> None:
    await until(
        home.face,
        lambda face: face.path != "/",
        what="the home page's search bar leads to the results",
        seconds=home.target.environment.bounds.page_seconds,
        every=0.2,
    )


async def _indexed(search: SearchPage, word: str, count: int, **choices: str) -> Results:
    """The results for the word, once there are at least so many."""
    results = await until(
        functools.partial(search.ask, word, **choices),
        lambda results: results.found >= count or results.alert != "",
        what=f"{count} result(s) for {word!r} from the index",
        seconds=search.target.environment.bounds.index_seconds,
    )
    _answered(results)
    return results


def _answered(results: Results) -> None:
    assert not results.alert, f"in place of results the page says {results.alert!r}"


async def _is_found_by_nobody_else(flow: Flow, policy: VaultDocument) -> None:
    """What is in one's own vault is in nobody else's results, colleague or stranger."""
    for role in ("teammate", "outsider"):
        client = await flow.client(role)
        query = {"q": policy.sample.facts.keyword}
        response = await client.get("/api/v1/search", params=query)
        assert response.status_code == 200, f"a search as {role} was answered {told(response)}"
        assert policy.id not in response.text, f"a search as {role} finds it: {told(response)}"


@pytest.mark.prod_smoke
@pytest.mark.writes("document")
@pytest.mark.covers("search.home.pagination", "search.home.filters", "search.home.opens")
async def test_walking_through_results(flow: Flow) -> None:
    """Two pages hold every hit once, a type leaves those of that type, a hit opens its document."""
    series = await flow.shared(SERIES)
    search = SearchPage(await flow.page(OWNER), flow.target)
    walked: tuple[Hit, ...] = ()
    async with flow.check.item("search.home.pagination") as step:
        walked = await _pages_hold_each_once(search, series, step)
    if "search.home.filters" in flow.check.covers:
        async with flow.check.item("search.home.filters") as step:
            await _types_narrow(search, series, step)
    async with flow.check.item("search.home.opens") as step:
        await _opens_what_it_names(search, series, walked, step)


async def _pages_hold_each_once(search: SearchPage, series: Series, step: Step) -> tuple[Hit, ...]:
    """Both pages hold what they should; returns their hits."""
    step.saw("", expected=f"{PER_PAGE} and then {len(series.documents) - PER_PAGE} of the series")
    first = await _indexed(search, series.word, len(series.documents))
    await search.step("next").click()
    second = await _turned(search, first)
    step.saw(f"{first.position}: {len(first.hits)}; {second.position}: {len(second.hits)}")
    expected = {document.name for document in series.documents}
    twice = set(first.names) & set(second.names)
    assert not twice, f"on both pages: {sorted(twice)}"
    seen = {*first.names, *second.names}
    assert not expected - seen, f"on neither page: {sorted(expected - seen)}"
    assert not seen - expected, f"results that do not hold the word: {sorted(seen - expected)}"
    sizes = (len(first.hits), len(second.hits))
    assert sizes == (PER_PAGE, len(seen) - PER_PAGE), f"the pages hold {sizes} results"
    assert first.found == second.found == len(seen), f"{first.found} and {second.found} are told"
    await search.step("previous").click()
    again = await _turned(search, second)
    assert set(again.names) == set(first.names), (
        "the first page holds other results when returned to"
    )
    return (*first.hits, *second.hits)


async def _turned(search: SearchPage, before: Results) -> Results:
    await until(
        search.results,
        lambda results: results.position != before.position,
        what=f"another page than {before.position!r}",
        seconds=search.target.environment.bounds.page_seconds,
        every=0.2,
    )
    # Read once more: the first reading may have begun on the page before.
    return await search.results()


async def _types_narrow(search: SearchPage, series: Series, step: Step) -> None:
    """Each type leaves exactly the documents of that type on all pages, and says how many, wherever it is chosen."""
    step.saw("", expected="of each type all documents and no other")
    await _indexed(search, series.word, len(series.documents), page="2")
    counts: dict[str, int] = {}
    for kind, name in search.types.items():
        await search.choose_type(name)
        counts[name] = await _left_by(search, kind, series)
        step.saw(f"{counts} of {len(series.documents)}")


async def _left_by(search: SearchPage, type_name: str, series: Series) -> int:
    """How many results are told once the list holds those of the type, and nothing else, to the last page."""
    names = series.of_type(type_name)
    size = min(len(names), PER_PAGE)

    async def listed() -> list[str]:
        return sorted((await search.results()).names)

    await until(
        listed,
        lambda seen: len(seen) == len({*seen} & names) == size,
        what=f"the type {type_name} leaves {size} of its {len(names)} documents, and no other",
        seconds=search.target.environment.bounds.page_seconds,
        every=0.2,
    )
    first = await search.results()
    seen = sorted(first.names)
    if len(names) > PER_PAGE:
        await search.step("next").click()
        seen = sorted((*first.names, *(await _turned(search, first)).names))
    assert seen == sorted(names), f"of type {type_name} all pages together hold {seen}"
    found = first.found
    assert found == len(names), f"{len(names)} results of type {type_name} are told as {found}"
    return found


async def _opens_what_it_names(
    search: SearchPage, series: Series, walked: Iterable[Hit], step: Step
) -> None:
    """Every result's link is that of the document which it names, and one of them opens it."""
    results = await _indexed(search, series.word, len(series.documents))
    _name_what_they_lead_to((*walked, *results.hits), series)
    wanted = next((one for one in series.documents if one.name in results.names), None)
    if wanted is None:
        raise ProbeError("not reached: no result is listed that could be followed")
    step.saw("", expected=f"{wanted.name} as {wanted.id}")
    here = (await search.face()).heading
    await search.open_hit(wanted.name)
    viewer = ViewerPage(search.page, search.target)
    await until(
        viewer.face,
        lambda face: face.heading not in ("", here),
        what="the result leads away from the results",
        seconds=viewer.target.environment.bounds.page_seconds,
        every=0.2,
    )
    face = await viewer.settled()
    step.saw(f"{face.path} with heading {face.heading!r}")
    assert face.path == f"/documents/{wanted.id}", f"{wanted.name} led to {face.path}"
    await shows_first_page(viewer, wanted.sample, step)


def _name_what_they_lead_to(hits: Iterable[Hit], series: Series) -> None:
    ids = {document.name: document.id for document in series.documents}
    astray = {hit.name: hit.id for hit in hits if hit.id and hit.id != ids.get(hit.name, hit.id)}
    assert not astray, f"results with links to other documents than they name: {astray}"
