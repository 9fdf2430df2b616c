"""The page of the history holds everything itself, can be read without colours, and runs no one else's script."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from postdeploy.history.archive import Archive, Entry, Found
from postdeploy.history.bucket import Bucket
from postdeploy.history.charts import BARS_AT_MOST, bars, line
from postdeploy.history.folder import Folder
from postdeploy.history.kept import KeptRun
from postdeploy.history.page import MAP_RUNS, draw
from postdeploy.history.store import Store
from postdeploy.outcome import Verdict
from selftests.unit.sample_history import FIRST, course, kept, record_of, timed
from selftests.unit.sample_runs import HOSTILE


class Elements(HTMLParser):
    """Collects tags, identifiers, addresses and the classes of the map's cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.named: set[str] = set()
        self.unnamed_regions = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        given = dict(attrs)
        if "id" in given:
            self.ids[given["id"] or ""] += 1
        self.addresses += [given[name] or "" for name in ("href", "src") if name in given]
        self.handlers += [name for name in given if name.startswith("on")]
        self.named |= set((given.get("aria-labelledby") or "").split())
        self.unnamed_regions += given.get("role") == "region" and not given.get("aria-label")


def page(runs: Sequence[KeptRun], folder: Path, store: Store | None = None) -> str:
    entries = [Entry(run, f"records/qumis/prod/{run.run_id}.json.gz") for run in runs]
    return draw(Found(entries), store or Folder(folder / "kept"), folder, folder / "reports")


MANY = [
    *course("PPFFKWBANO.VP", verdict=Verdict.NO_GO),
    *(kept(day, "PPPF"[day % 4] * 2, environment="qa") for day in range(90)),
]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page(MANY, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def elements(text: str) -> Elements:
    return Elements(text)


def test_identifiers_are_unique_and_names_and_links_lead_to_them(elements: Elements) -> None:
    assert [name for name, number in elements.ids.items() if number > 1] == []
    within = {address[1:] for address in elements.addresses if address.startswith("#")}
    assert within
    assert within | elements.named <= set(elements.ids)


def test_page_loads_nothing_from_elsewhere(text: str, elements: Elements) -> None:
    assert not re.search(r"(?:src|@import|url\()\s*=?\s*[\"']?(?:https?:)?//", text)
    assert "default-src 'none'" in unescape(text)
    assert elements.tags["script"] == 1
    assert elements.tags["img"] == 0


def test_every_table_has_a_caption_and_every_scrolled_region_a_name(
    text: str, elements: Elements
) -> None:
    assert elements.tags["table"] == elements.tags["caption"] > 6
    assert elements.unnamed_regions == 0
    assert re.findall(r"<th(?! scope=)[ >]", text) == []


def test_each_outcome_is_told_by_a_letter(text: str) -> None:
    row = text.split('<th scope="row">a</th>')[1].partition("</tr>")[0]
    letters = re.findall(r"<td class=m-(.)>(.)|<td>", row)
    assert ["".join(pair)[:1] for pair in letters] == [*"PV", "", *"ONABWKFFPP"]
    assert all(not cls or cls == letter for cls, letter in letters)


def test_the_map_has_the_last_runs_only_and_the_bars_have_all(text: str) -> None:
    chapter = text.split('id="place-2"')[1]
    assert len(re.findall(r"<td class=m-", chapter)) == 2 * MAP_RUNS
    assert sum(one.number for one in bars([*MANY[13:]]).bars) == 90


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    runs = [
        kept(
            day,
            "PFK",
            run_id=f"{HOSTILE}{day}",
            system=HOSTILE,
            system_title=HOSTILE,
            environment=f"</style>{HOSTILE}",
            version={HOSTILE: HOSTILE},
            scope=HOSTILE,
            link=f"javascript:alert('{day}')",
            items=(HOSTILE, '" onmouseover="x', "</script>"),
        )
        for day in range(12)
    ]
    folder = tmp_path_factory.mktemp("page")
    entries = [Entry(run, f"records/{run.run_id}") for run in runs]
    store = Folder(folder / "kept")
    return draw(Found(entries, passed_over=(HOSTILE,)), store, folder, folder / "reports")


def test_text_of_strangers_is_text(hostile: str) -> None:
    elements = Elements(hostile)
    assert (elements.tags["script"], elements.tags["style"], elements.handlers) == (1, 1, [])
    assert [one for one in elements.addresses if "javascript" in one] == []
    assert "\x1b" not in hostile
    assert "\u202e" not in hostile


def test_links_lead_to_the_records(tmp_path: Path) -> None:
    store = Folder(tmp_path / "kept")
    Archive(store).keep(record_of(0), "https://ci.example/runs/7")
    seen = tmp_path / "reports" / "r0" / "record.html"
    seen.parent.mkdir(parents=True)
    seen.write_text("the record")
    out = tmp_path / "pages" / "deep"
    out.mkdir(parents=True)
    found = Archive(store).find()
    addresses = Elements(draw(found, store, out, tmp_path / "reports")).addresses
    assert "https://ci.example/runs/7" in addresses
    files = [one for one in addresses if one.startswith("..")]
    assert len(files) == 2
    assert all((out / file).is_file() for file in files)


def test_a_record_in_s3_is_named_by_its_address(tmp_path: Path) -> None:
    text = page([kept(0, "P")], tmp_path, Bucket("kept-runs", "x"))
    assert "<code>s3://kept-runs/x/records/qumis/prod/r0.json.gz</code>" in text


def test_a_page_of_one_run_says_that_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    assert "nothing to compare with yet" in page([kept(0, "P")], tmp_path)


@pytest.mark.parametrize("days", [1, 2, 119, 120, 121, 700, 4000, 40_000])
def test_the_bars_hold_all_runs_in_a_number_that_can_be_seen(days: int) -> None:
    runs = [kept(day, "P") for day in range(0, days, max(days // 50, 1))]
    drawn = bars(runs)
    assert len(drawn.bars) <= BARS_AT_MOST
    ends = [one.last for one in drawn.bars]
    assert ends == sorted(set(ends))
    assert ends[-1] == runs[-1].started.date()
    assert sum(one.number for one in drawn.bars) == len(runs)


def test_bars_of_one_verdict_stand_upon_each_other() -> None:
    (bar,) = bars([kept(0, "P"), kept(0, "F"), kept(0, "F", verdict=Verdict.ROLLBACK)]).bars
    assert [block.verdict for block in bar.blocks] == ["GO", "NO-GO", "ROLLBACK"]
    assert [round(block.top + block.height) for block in bar.blocks] == [100, 67, 33]
    assert (bar.first, bar.last) == (FIRST.date(), FIRST.date())


def test_days_without_a_run_have_an_empty_bar() -> None:
    drawn = bars([kept(0, "P"), kept(3, "P")])
    assert [one.number for one in drawn.bars] == [1, 0, 0, 1]
    assert drawn.bars[1].first == date(2026, 11, 1) + timedelta(days=1)


def test_a_line_is_drawn_where_enough_runs_tell_what_is_usual() -> None:
    samples = [run.took["a"] or 0.0 for run in timed([2.0] * 10 + [9.0])]
    drawn = line("a", samples)
    assert drawn is not None
    assert drawn.slower
    assert (drawn.newest, drawn.usual.samples, drawn.points.count(",")) == (9.0, 10, 11)
    assert line("a", samples[:8]) is None
    assert line("a", []) is None
    assert line("a", [0.0] * 9) is not None
