"""Waivers are named, dated and few; whatever is wrong with their file is told at once, before anything runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from postdeploy.checklist import Checklist, Item, Row
from postdeploy.cli import main
from postdeploy.outcome import Weight
from postdeploy.waivers import Ground, WaiverFile, read_waivers, unclaimed_files

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 21)
WEIGHTS = {
    "vault.my.upload": "R",
    "vault.my.download": "F",
    "search.vault.filename": "F",
    "pre.identity": "B",
    "slack.alerts": "W",
    "ecs.api.steady": "F",
    **{f"chat.{number}": "F" for number in range(6)},
}
RIGHT = {
    "item": '"vault.my.download"',
    "environments": '["staging"]',
    "reason": '"Exports are slow, QUM-1234"',
    "owner": '"Rita Release"',
    "expires": "2026-12-01",
}


def checklist() -> Checklist:
    items = tuple(
        Item(name, "2", Weight(weight), name, "", "", True, "", _template(name))
        for name, weight in WEIGHTS.items()
    )
    row = Row(id="2", title="2. Vault")
    return Checklist("demo", "demo.toml", (row,), items, frozenset(i.template for i in items))


def _template(name: str) -> str:
    return "ecs.{name}.steady" if name.startswith("ecs.") else name


def entry(**changes: str | None) -> str:
    values = {key: value for key, value in {**RIGHT, **changes}.items() if value is not None}
    lines = [f"{key} = {value}" for key, value in values.items()]
    return "\n".join(["[[waivers]]", *lines, ""])


def read(folder: Path, text: str, *, allow_critical: bool = False) -> WaiverFile:
    (folder / "demo.toml").write_text(text, encoding="utf-8")
    known = {"staging": checklist(), "prod": None}
    return read_waivers(folder, "demo", Ground(known, TODAY, allow_critical))


def told(folder: Path, text: str) -> str:
    return "\n".join(map(str, read(folder, text).problems))


def test_a_right_entry_is_read_as_it_stands(tmp_path: Path) -> None:
    found = read(tmp_path, f"# none before\n\n{entry()}")
    assert found.problems == ()
    (waiver,) = found.of("staging")
    assert (waiver.item, waiver.expires) == ("vault.my.download", date(2026, 12, 1))
    assert waiver.where.endswith("demo.toml, entry 1 (line 3)")
    assert found.of("prod") == []


def test_without_a_file_there_are_no_waivers(tmp_path: Path) -> None:
    found = read_waivers(tmp_path, "demo", Ground({"staging": checklist()}, TODAY))
    assert (found.waivers, found.problems) == ((), ())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"resaon": '"x"'}, "unknown key 'resaon'. Did you mean 'reason'?"),
        ({"reason": None}, "'reason' is missing. Say why the failure may stand"),
        ({"owner": None}, "'owner' is missing. Name the person who answers for it"),
        ({"expires": None}, "'expires' is missing"),
        ({"environments": None}, "'environments' is missing"),
        ({"item": None}, "'item' is missing"),
        ({"reason": '" \\t"'}, "reason: says nothing"),
        ({"owner": '""'}, "owner: says nothing"),
        ({"owner": "3"}, "owner: says nothing"),
        ({"item": '"vault.my.downlod"'}, "Did you mean 'vault.my.download'?"),
        ({"item": '"vault.my.*"'}, "'vault.my.*' is a pattern. Name each item by itself"),
        ({"item": '"ecs.{name}.steady"'}, "is a pattern"),
        ({"item": '["vault.my.download"]'}, "item: says nothing"),
        ({"environments": '["stagin"]'}, "no environment 'stagin'. Did you mean 'staging'?"),
        ({"environments": '["*"]'}, "there is no environment '*'"),
        ({"environments": "[]"}, "environments: is no list of environments"),
        ({"environments": '"staging"'}, "environments: is no list of environments"),
        ({"environments": '["staging", "staging"]'}, "'staging' is there twice"),
        ({"expires": "2026-11-20"}, "expires: ended on 2026-11-20"),
        ({"expires": "2026-12-22"}, "is 31 days ahead. At most 30 days: 2026-12-21"),
        ({"expires": '"2026-12-01"'}, "is no date. Write the day alone"),
        ({"expires": "2026-12-01T10:00:00Z"}, "is no date. Write the day alone"),
        ({"item": '"slack.alerts"'}, "is of weight W: its failure is only a warning"),
        ({"item": '"vault.my.upload"'}, "its failure means a rollback"),
        ({"item": '"pre.identity"'}, "its failure means that nothing else can be trusted"),
    ],
)
def test_each_mistake_is_told_with_its_place(
    tmp_path: Path, changes: dict[str, str | None], said: str
) -> None:
    text = told(tmp_path, entry(**changes))
    assert said in text
    assert f"{tmp_path}/demo.toml, entry 1 (line 1)" in text
    assert read(tmp_path, entry(**changes)).waivers == ()


@pytest.mark.parametrize("expires", ["2026-11-21", "2026-12-21"])
def test_the_first_and_the_last_day_are_right(tmp_path: Path, expires: str) -> None:
    assert told(tmp_path, entry(expires=expires)) == ""


@pytest.mark.parametrize("item", ["vault.my.upload", "pre.identity"])
def test_critical_items_are_waived_when_that_is_allowed(tmp_path: Path, item: str) -> None:
    assert read(tmp_path, entry(item=f'"{item}"'), allow_critical=True).problems == ()


def test_every_mistake_of_every_entry_is_told_together(tmp_path: Path) -> None:
    broken = entry(
        reason=None, expires="2027-01-01", item='"vault.my.downlod"', environments='["stagin"]'
    )
    text = told(tmp_path, f"top = 1\n{broken}\n{entry()}\n{entry(owner=None)}")
    for said in ("'reason' is missing", "41 days ahead", "no item 'vault.my.downlod'", "'top'"):
        assert said in text
    assert "entry 3 (line 15): 'owner' is missing" in text
    assert "entry 3 (line 15): waives vault.my.download in staging once more" in text


def test_the_same_item_in_two_environments_is_no_duplicate(tmp_path: Path) -> None:
    assert told(tmp_path, entry() + entry(environments='["prod"]')) == ""
    assert "once more" in told(tmp_path, entry() + entry(environments='["prod", "staging"]'))


def test_at_most_five_are_in_force_in_one_environment(tmp_path: Path) -> None:
    five = "".join(entry(item=f'"chat.{number}"') for number in range(5))
    assert told(tmp_path, five) == ""
    assert told(tmp_path, five + entry(environments='["prod"]')) == ""
    assert "6 waivers are in force in staging" in told(tmp_path, five + entry(item='"chat.5"'))


def test_what_ended_elsewhere_keeps_no_run_here_from_beginning(tmp_path: Path) -> None:
    assert told(tmp_path, entry(environments='["prod"]', expires="2026-11-01")) == ""
    assert "ended on" in told(
        tmp_path, entry(environments='["prod", "staging"]', expires="2026-11-01")
    )


def test_ids_of_another_environment_are_known_by_their_form(tmp_path: Path) -> None:
    assert told(tmp_path, entry(environments='["prod"]', item='"ecs.worker.steady"')) == ""
    assert "no item 'esc.worker.steady'" in told(
        tmp_path, entry(environments='["prod"]', item='"esc.worker.steady"')
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("waivers = 3", "is no list of tables. Write [[waivers]]"),
        ("[waivers]\nitem = 'x'", "is no list of tables"),
        ("[[waiver]]\nitem = 'x'", "unknown key 'waiver'. Did you mean 'waivers'?"),
        ("[[waivers]", "is not valid TOML"),
    ],
)
def test_a_file_of_another_shape_is_told(tmp_path: Path, text: str, said: str) -> None:
    assert said in told(tmp_path, text)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "demo.toml").write_bytes(b"\xff\xfe")
    found = read_waivers(tmp_path, "demo", Ground({"staging": checklist()}, TODAY))
    assert "cannot be read" in str(found.problems[0])


def test_no_line_is_named_where_it_cannot_be_told(tmp_path: Path) -> None:
    inline = 'waivers = [{ item = "vault.my.download" }]'
    assert "demo.toml, entry 1: 'reason' is missing" in told(tmp_path, inline)


def test_a_file_of_no_system_is_told(tmp_path: Path) -> None:
    (tmp_path / "qumiss.toml").write_text("")
    (problem,) = unclaimed_files(tmp_path, ["qumis", "balancer"])
    assert "Did you mean 'qumis'?" in str(problem)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("targets", "checklists"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "waivers").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_prints_what_is_waived_and_for_how_long(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end = datetime.now(UTC).date() + timedelta(days=10)
    reason = f'"{"Exports are slow until the storage is moved. " * 4}\\u001b[31m"'
    text = entry(environments='["sandbox"]', expires=str(end), reason=reason)
    (project / "waivers" / "qumis.toml").write_text(text)
    assert main(["waivers", "--system", "qumis"]) == 0
    printed = capsys.readouterr().out
    assert f"10 days left, until {end}, in sandbox" in printed
    assert "Rita Release: Exports are slow" in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert "\x1b" not in printed


def test_the_command_ends_with_1_when_a_waiver_is_wrong(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = entry(environments='["sandbox", "prod"]', expires="2026-01-01")
    (project / "waivers" / "qumis.toml").write_text(text)
    (project / "waivers" / "qivrr.toml").write_text("")
    assert main(["waivers"]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "WRONG waivers/qumis.toml, entry 1 (line 1), expires: ended on 2026-01-01" in printed
    assert "Did you mean 'qivr'?" in printed


def test_the_projects_own_files_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["waivers"]) == 0
