"""`postdeploy cleanup`: removes what killed runs have left in an environment, and tells each thing."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from postdeploy.check import now
from postdeploy.embedded import find
from postdeploy.errors import ConfigError, ProbeError, Problem
from postdeploy.facts import RunFacts
from postdeploy.launching import BrowserOptions, find_browser
from postdeploy.leases import folder_for_all
from postdeploy.listing import Thing
from postdeploy.options import new_run_id
from postdeploy.plain import one_line, shortened
from postdeploy.policy import CLEANUP
from postdeploy.presence import Presence
from postdeploy.run import Run
from postdeploy.settings import Options, Person, Settings, load_settings
from postdeploy.sweep import Swept, of_earlier_runs, sweep
from postdeploy.target import Target
from postdeploy.target_file import load_target

_WIDTH = 80
NOTHING_LEFT, SOMETHING_LEFT, COULD_NOT_LOOK = 0, 1, 30
Print = Callable[[str], None]


@dataclass(frozen=True)
class _Place:
    target: Target
    settings: Settings
    addresses: dict[str, str] | None


def clean(root: Path, system: str, environment: str, *, dry: bool, say: Print) -> int:
    """Remove aged leftovers, or with `dry` only name them; tells all with `say`, a line at a time.

    Returns 0 when nothing is left, 1 when something is, 30 when not everything could be looked at.
    Raises ConfigError for what is to be mended first.
    """
    target = load_target(root / "targets", system, environment, None, [])
    if not target.environment.sweep and not target.environment.cleanup:
        say(f"{target.title} {environment}: no check makes anything there")
        return NOTHING_LEFT
    place = _read(root, system, environment)
    with tempfile.TemporaryDirectory(prefix="postdeploy-cleanup-") as folder:
        try:
            swept = asyncio.run(_sweep(place, root, Path(folder), dry=dry, say=say))
        except ProbeError as error:
            say(f"could not look: {error}")
            return COULD_NOT_LOOK
        except KeyboardInterrupt:
            say("interrupted: the next one removes the rest")
            return SOMETHING_LEFT
    return summed(swept, dry=dry, say=say)


def _read(root: Path, system: str, environment: str) -> _Place:
    still_open: list[Problem] = []
    target = load_target(root / "targets", system, environment, None, still_open)
    try:
        settings = load_settings(target, root, Options().secrets_id)
    except ConfigError as error:
        raise ConfigError([*still_open, *error.problems]) from None
    if still_open:
        raise ConfigError(still_open)
    if target.environment.discovery is None:
        return _Place(target, settings, None)
    found = find(target.environment, Options().sandbox, target.system)
    if found is None:
        mend = "Nothing outlives an embedded deployment; start one with `python -m sandbox`, or name another --env"
        raise ConfigError([Problem(f"{system} {environment}", "no deployment is running", mend)])
    addresses = dict(found.addresses)
    return _Place(
        load_target(root / "targets", system, environment, addresses), settings, addresses
    )


async def _sweep(place: _Place, root: Path, folder: Path, *, dry: bool, say: Print) -> Swept:
    target = place.target
    facts = RunFacts(
        run_id=new_run_id(),
        folder=str(folder),
        root=str(root),
        system=target.system,
        environment=target.name,
        started=now(),
        addresses=place.addresses,
    )
    (folder / "evidence").mkdir()
    executable = find_browser(Options().browser, root)
    run = Run(facts, target, place.settings, BrowserOptions(), executable, worker="")
    presence = Presence(folder_for_all(folder) / "runs", target)
    aged = timedelta(minutes=target.environment.leftovers.aged_minutes)
    flow = run.maker("the clean-up", (CLEANUP,))

    def tell(what: str, thing: Thing, why: str) -> None:
        say(line(what, thing, why))

    say(f"postdeploy cleanup: {target.title} {target.name}{' (dry run)' * dry}")
    try:
        if why := await run.refused():
            raise ProbeError(why)
        rule = of_earlier_runs(presence, aged, facts.run_id)
        people, traces = _everybody(run), presence.dead()
        return await sweep(flow, people, rule, traces=traces, dry=dry, tell=tell)
    finally:
        await flow.close()
        await run.close()


def _everybody(run: Run) -> Sequence[Person]:
    roles = {role for listing in run.environment.sweep.values() for role in listing.roles}
    return [one for role in sorted(roles) for one in run.settings.pools.get(role, ())]


def line(what: str, thing: Thing, why: str = "") -> str:
    """One thing on one line (two, where there is something to explain), whatever its name holds."""
    head = f"  {what:<12} {thing.kind:<9} "
    name = one_line(thing.name) or thing.id
    told = f"{head}{shortened(name, _WIDTH - len(head))}"
    return f"{told}\n{' ' * 15}{shortened(one_line(why), _WIDTH - 15)}" if why else told


def summed(swept: Swept, *, dry: bool, say: Print) -> int:
    if dry:
        for thing, _ in swept.left:
            say(line("would remove", thing))
    for why, count in sorted(swept.kept.items()):
        say(f"  kept: {count} {why}")
    if swept.alike:
        say(f"  kept: {swept.alike} with names like ours that belong to other people")
    for note in [*swept.notes, *(f"could not look: {one_line(text)}" for text in swept.unseen)]:
        say(f"  {note}")
    say(
        f"{len(swept.left)} to remove"
        if dry
        else f"{len(swept.removed)} removed, {len(swept.left)} left"
    )
    if swept.unseen:
        return COULD_NOT_LOOK
    return SOMETHING_LEFT if swept.left else NOTHING_LEFT
