"""A sweep removes what runs of ours have left, as those who made it, and touches nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postdeploy.ledger import Ledger
from postdeploy.naming import name_of
from postdeploy.presence import Presence, Standing, Trace
from postdeploy.run import Run
from postdeploy.sweep import Rule, Swept, of_earlier_runs, sweep
from selftests.unit.leftover_product import MINE, POOLS, Product, in_run, make_run, person

AGED = timedelta(minutes=120)
OLD = "260930-080000-0bad"
EVERYBODY = [one for pool in POOLS.values() for one in pool]


class Marks(Presence):
    """What is known of runs, said by the test."""

    def __init__(self, **standings: Standing) -> None:
        self.standings = {name.replace("_", "-"): one for name, one in standings.items()}

    def standing(self, run_id: str) -> Standing:
        return self.standings.get(run_id, Standing.UNKNOWN)


@pytest.fixture
def product() -> Product:
    return Product()


@pytest.fixture
def swept(product: Product, tmp_path: Path) -> Iterator[Callable[..., Swept]]:
    """Sweeps the product by the rule for earlier runs."""

    def do(marks: Marks | None = None, **more: object) -> Swept:
        rule: Rule = of_earlier_runs(marks or Marks(), AGED, MINE)
        run = make_run(tmp_path, product)
        return in_run(run, lambda flow: sweep(flow, EVERYBODY, rule, **more))  # type: ignore[arg-type]

    yield do
    unknown = {made_id for _, made_id in product.deleted} - {"kept"}
    assert not unknown & {"theirs"}


def ours(words: str = "policy.pdf", run_id: str = OLD) -> str:
    return name_of(run_id, words)


def test_aged_leftovers_go_wherever_they_are(product: Product, swept: Callable[..., Swept]) -> None:
    for n in range(5):
        product.put("document", f"d{n}", ours(f"policy-{n}.pdf"))
    product.put("document", "t", ours("binder.pdf"), trashed=True)
    product.put(
        "document", "s", ours("contract.pdf"), owner="teammate.2@harbor.example", shared=True
    )
    product.put("chat", "c", "New chat", documents=["d0", "d1"])
    told = swept()
    assert (product.ids(), len(told.removed), told.left) == (set(), 8, [])
    assert ("teammate.2@harbor.example", "s") in product.deleted
    # What is known by its documents alone goes before them.
    assert product.deleted[0] == ("member.1@harbor.example", "c")


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("Police 261121-101500-4f2a notes.pdf", {}),
        (f"Copy of {ours()}", {}),
        (ours(), {"owner": "boss@harbor.example", "shared": True}),
        (ours(), {"owner": "", "shared": True}),
        ("New chat", {}),
    ],
)
def test_what_belongs_to_others_stays(
    name: str, more: dict[str, object], product: Product, swept: Callable[..., Swept]
) -> None:
    product.put("document", "theirs", name, **more)  # type: ignore[arg-type]
    assert (swept().removed, product.ids(), product.deleted) == ([], {"theirs"}, [])


@pytest.mark.parametrize(
    "chat",
    [
        {"name": "New chat", "documents": ["ours", "theirs"]},
        {"name": "New chat", "documents": []},
        {"name": "New chat"},
        {"name": "What Anna asked", "documents": ["ours"]},
    ],
)
def test_a_chat_that_is_about_anything_else_or_was_named_by_a_person_stays(
    chat: dict[str, object], product: Product, swept: Callable[..., Swept]
) -> None:
    product.put("document", "ours", ours())
    product.put("document", "theirs", "Harbor lease.pdf")
    product.put("chat", "kept", **chat)  # type: ignore[arg-type]
    swept()
    assert product.ids() == {"theirs", "kept"}


def test_nothing_of_a_live_run_is_touched_however_old(
    product: Product, swept: Callable[..., Swept]
) -> None:
    product.put("document", "kept", ours())
    told = swept(Marks(**{OLD.replace("-", "_"): Standing.ALIVE}))
    assert (product.ids(), told.kept) == ({"kept"}, {"of a run that is still alive": 1})


def test_nothing_of_ones_own_is_touched(product: Product, swept: Callable[..., Swept]) -> None:
    product.put("document", "kept", ours(run_id=MINE))
    swept()
    assert product.ids() == {"kept"}


def test_what_a_dead_run_of_this_machine_left_goes_however_young(
    product: Product, swept: Callable[..., Swept]
) -> None:
    run_id = f"{datetime.now(UTC):%y%m%d-%H%M%S}-0bad"
    product.put("document", "d", ours(run_id=run_id), made=product.now.isoformat())
    assert swept(Marks(**{run_id.replace("-", "_"): Standing.DEAD})).left == []
    assert product.ids() == set()


def test_what_belongs_to_two_runs_stays_as_long_as_one_of_them_may_live(
    product: Product, swept: Callable[..., Swept]
) -> None:
    young = f"{product.now:%y%m%d-%H%M%S}-0bad"
    made = product.now.isoformat()
    product.put("document", "dead", ours())
    product.put("document", "kept", ours(run_id=young), made=made)
    product.put("chat", "both", "New chat", documents=["dead", "kept"], made=made)
    swept(Marks(**{OLD.replace("-", "_"): Standing.DEAD}))
    assert product.ids() == {"kept", "both"}


def test_what_goes_a_moment_after_its_removal_is_not_left(
    product: Product, swept: Callable[..., Swept], monkeypatch: pytest.MonkeyPatch
) -> None:
    product.put("document", "d", ours())
    product.refuses = {"d": 204}

    async def settle(_: float) -> None:
        product.things.clear()

    monkeypatch.setattr("postdeploy.sweep.quiet", settle)
    assert swept().left == []


@pytest.mark.parametrize(
    "case",
    [
        "young run",
        "young thing",
        "our clock ahead",
        "product's clock ahead",
        "no Date",
        "no time",
        "no zone",
    ],
)
def test_what_may_be_young_by_any_clock_stays(
    case: str, product: Product, swept: Callable[..., Swept], monkeypatch: pytest.MonkeyPatch
) -> None:
    young = product.now - timedelta(minutes=30)
    run_id = f"{young:%y%m%d-%H%M%S}-0bad"
    if case == "young run":
        product.put("document", "kept", ours(run_id=run_id))
    elif case == "young thing":  # made by a machine whose clock is behind
        product.put("document", "kept", ours(), made=young.isoformat())
    elif case == "our clock ahead":
        product.put("document", "kept", ours(run_id=run_id), made=young.isoformat())
        monkeypatch.setattr("postdeploy.sweep.datetime", _Ahead)
    elif case == "product's clock ahead":
        product.put("document", "kept", ours(run_id=run_id), made=young.isoformat())
        product.now += timedelta(days=400)
    elif case == "no Date":
        product.put("document", "kept", ours())
        product.tells_date = False
    elif case == "no time":
        product.put("document", "kept", ours(), made="yesterday")
    else:
        product.put("document", "kept", ours(), made="2026-10-01T10:15:00")
    told = swept()
    assert (product.ids(), product.deleted, sum(told.kept.values())) == ({"kept"}, [], 1)


class _Ahead(datetime):
    @classmethod
    def now(cls, _: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + timedelta(days=400)


def test_clocks_that_are_far_apart_are_told(product: Product, swept: Callable[..., Swept]) -> None:
    product.now += timedelta(hours=3)
    (note,) = swept().notes
    assert "180 minutes apart" in note


def test_a_dry_sweep_names_everything_and_sends_no_write(
    product: Product, swept: Callable[..., Swept]
) -> None:
    product.put("document", "d", ours())
    told = swept(dry=True)
    assert ([thing.id for thing, _ in told.left], product.ids()) == (["d"], {"d"})
    assert {request.split()[0] for request in product.asked} == {"GET"}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("status", "why"), [(403, "answered 403"), (204, "still listed")])
def test_what_could_not_be_removed_is_told_and_keeps_nothing_else(
    status: int, why: str, product: Product, swept: Callable[..., Swept]
) -> None:
    product.put("document", "kept", ours())
    product.put("document", "d", ours("binder.pdf"))
    product.refuses = {"kept": status}
    told = swept()
    ((thing, sentence),) = told.left
    assert (thing.id, why in sentence, product.ids()) == ("kept", True, {"kept"})
    assert [thing.id for thing in told.removed] == ["d"]


def test_documents_wait_for_a_chat_that_only_they_tell_of(
    product: Product, swept: Callable[..., Swept]
) -> None:
    product.put("document", "d", ours())
    product.put("chat", "c", "New chat", documents=["d"])
    product.refuses = {"c": 403}
    assert len(swept().left) == 2
    product.refuses = {}
    assert (swept().left, product.ids()) == ([], set())


def test_a_session_that_has_ended_is_begun_anew(
    product: Product, swept: Callable[..., Swept]
) -> None:
    product.put("document", "d", ours())
    listed = product.answer

    def answer(request: object) -> object:
        product.expired = {"member.1@harbor.example"} if request.method == "DELETE" else set()  # type: ignore[attr-defined]
        return listed(request)  # type: ignore[arg-type]

    product.answer = answer  # type: ignore[method-assign, assignment]
    assert (swept().left, product.ids()) == ([], set())


def test_a_list_that_cannot_be_had_is_told_and_the_others_are_swept(
    product: Product, swept: Callable[..., Swept]
) -> None:
    product.put("document", "d", ours())
    product.broken = "/chats"
    told = swept()
    assert product.ids() == set()
    assert [sentence.partition(":")[0] for sentence in told.unseen] == [
        "chats of member 1",
        "chats of member 2",
    ]


def test_a_list_without_end_is_left(product: Product, swept: Callable[..., Swept]) -> None:
    product.page_size = 0
    product.put("document", "kept", ours())
    assert swept().removed == []


def test_what_a_dead_ledger_tells_of_goes_though_no_list_shows_it(
    product: Product, swept: Callable[..., Swept], tmp_path: Path
) -> None:
    folder = tmp_path / "dead"
    folder.mkdir()
    ledger = Ledger(folder / "ledger.jsonl")
    ledger.intend("chat", "about a report", "member", 2).made("c")
    product.put("chat", "c", "New chat", owner="member.2@harbor.example")
    told = swept(traces=[Trace(OLD, folder)])
    assert (product.ids(), len(told.removed)) == (set(), 1)
    assert product.deleted == [("member.2@harbor.example", "c")]
    assert swept(traces=[Trace(OLD, folder)]).removed == []


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postdeploy.sweep._LINGER_SECONDS", 0.01)


def one_run(folders: pytest.TempPathFactory, product: Product) -> Run:
    """The run of all examples, for making one takes long: a context of certificates is read for each."""
    if not _RUNS:
        _RUNS.append(make_run(folders.mktemp("run"), product))
    _RUNS[0]._transport = httpx.MockTransport(product.answer)  # type: ignore[assignment]
    return _RUNS[0]


_RUNS: list[Run] = []
names = st.one_of(
    st.text(max_size=30),
    st.sampled_from([ours(), ours("a-b.pdf"), ours(run_id=MINE), "New chat", f"{ours()} "]),
    st.builds(
        lambda before, after: before + ours() + after, st.text(max_size=3), st.text(max_size=3)
    ),
)
owners = st.sampled_from(
    ["member.1@harbor.example", "teammate.1@harbor.example", "Boss@harbor.example", ""]
)
ages = st.integers(0, 300).map(lambda minutes: timedelta(minutes=minutes))
documents = st.lists(st.tuples(names, owners, st.booleans(), ages), max_size=8)


@settings(max_examples=60, deadline=None)
@given(documents)
def test_whatever_is_there_only_ours_goes_and_all_of_it(
    tmp_path_factory: pytest.TempPathFactory, there: list[tuple[str, str, bool, timedelta]]
) -> None:
    product = Product()
    gone = set()
    for n, (name, owner, shared, age) in enumerate(there):
        made = (product.now - age).isoformat()
        product.put("document", f"d{n}", name, owner=owner, shared=shared, made=made)
        # The rule once more, in other words: the exact names, the test users, two hours.
        named = name in (ours(), ours("a-b.pdf"))
        if (
            named
            and owner.startswith(("member", "teammate"))
            and age >= AGED + timedelta(seconds=5)
        ):
            gone.add(f"d{n}")
    before = product.ids()
    run = one_run(tmp_path_factory, product)
    rule = of_earlier_runs(Marks(), AGED, MINE)
    told = in_run(run, lambda flow: sweep(flow, EVERYBODY, rule))
    assert {thing.id for thing in told.removed} == before - product.ids() == gone
    assert {made_id for _, made_id in product.deleted} == gone
    assert person("member").email == "member.1@harbor.example"
