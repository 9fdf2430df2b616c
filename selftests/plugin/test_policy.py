"""A run in which a check sends what nobody declared: blocked, by name, and the product hears nothing."""

from __future__ import annotations

from selftests.plugin.conftest import Make
from selftests.plugin.project import Project

_THINGS = "tests/infra/test_things.py"


def _posts(project: Project) -> list[str]:
    return [request for request in project.product.requests if not request.startswith("GET ")]


def test_an_undeclared_write_ends_the_check_blocked_and_the_product_hears_nothing(
    make: Make,
) -> None:
    project = make()
    project.edit(_THINGS, '@pytest.mark.writes("thing")\n', "")
    run = project.run()
    assert run.code == 30
    note = run.items["thing.made"]["note"]
    assert "/things was not sent: its sender declares no write of the kind 'thing'" in note
    assert f"Add 'thing' to @pytest.mark.writes of {_THINGS}::test_thing" in note
    assert run.outcomes["thing.used"] == "blocked"
    assert _posts(project) == []


def test_a_refusal_that_the_check_swallows_blocks_it_all_the_same(make: Make) -> None:
    project = make()
    project.edit(
        _THINGS,
        '    async with flow.check.gate("thing.made"):\n',
        "    import contextlib\n\n"
        '    async with flow.check.gate("thing.made"):\n'
        "        with contextlib.suppress(Exception):\n"
        '            await flow.http().put(flow.url("api", "/users"))\n',
    )
    run = project.run()
    assert (run.code, run.outcomes["thing.made"]) == (30, "blocked")
    assert '"PUT /users" into requests of a [writes.<kind>]' in run.items["thing.made"]["note"]
    assert "PUT" not in " ".join(project.product.requests)


def test_a_kind_that_the_target_file_lacks_is_told_with_the_nearest(make: Make) -> None:
    project = make()
    project.edit(_THINGS, 'writes("thing")', 'writes("thingy")')
    run = project.run()
    assert run.code not in (0, 1, 20)
    assert "declares no [writes.thingy] for sandbox. Did you mean 'thing'?" in run.out
    assert _posts(project) == []


def test_a_check_that_reads_only_declares_no_writes(make: Make) -> None:
    project = make()
    project.edit(_THINGS, "@pytest.mark.writes", "@pytest.mark.readonly\n@pytest.mark.writes")
    run = project.run()
    assert run.code not in (0, 1, 20)
    assert "is marked readonly, and declares writes (thing)" in run.out


def test_a_read_only_environment_hears_no_write_whatever_is_selected(make: Make) -> None:
    project = make()
    project.edit(_THINGS, '@pytest.mark.writes("thing")\n', "@pytest.mark.readonly\n")
    run = project.run("--read-only")
    assert run.code == 30
    assert "this run is read-only" in run.items["thing.made"]["note"]
    assert _posts(project) == []
