"""One pytest session of postdeploy: from the command line to the record, on a controller or a worker."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from postdeploy import closing, durations
from postdeploy.allure_steps import Labels, Results
from postdeploy.calm import ANSWERS
from postdeploy.checklist import declared_ids
from postdeploy.earlier_runs import presence_of, sweep_earlier, sweep_own
from postdeploy.endings import deaf, mute_if_hung_up
from postdeploy.engine import Engine
from postdeploy.history.conclusion import conclude
from postdeploy.ledger import left_by_others, unsettled
from postdeploy.live import LiveLine
from postdeploy.notebook import Notebook
from postdeploy.opening import Opened, folder, make_run, read_all, run_entry
from postdeploy.options import PROD_SMOKE, bearable
from postdeploy.outlets import failure_text, files_elsewhere, keep_allure_in, outside_items
from postdeploy.redact import Redactor
from postdeploy.run import Run
from postdeploy.selection import (
    is_check,
    mistakes,
    plan,
    selected,
    split,
    ticket,
    undeclared_writes,
)
from postdeploy.sharing import Share
from postdeploy.staffing import people
from postdeploy.target_file import PRODUCTION

_LAST_WORD = "postdeploy_last_word"
"""Under which a worker tells its controller what it could not write down."""
_LEARNED = "postdeploy_learned"
"""In xdist's last message of a worker, which goes from memory to memory."""


class Session:
    """Made by `open`; on xdist the controller and each worker have one."""

    def __init__(self, config: pytest.Config, opened: Opened) -> None:
        self.config = config
        self.facts = opened.facts
        self.target = opened.target
        self.checklist = opened.checklist
        self.settings = opened.settings
        self.waivers = opened.waivers
        self.redactor = Redactor()
        self.redactor.learn_all(opened.secrets)
        self.folder = Path(opened.facts.folder)
        self.controls = not hasattr(config, "workerinput")
        self.known_ids = declared_ids(folder(config, "postdeploy_checklists"))
        self.outcome: closing.Closing | None = None
        self._embedded = opened.embedded
        self._rota = opened.rota
        self._numbers = opened.people
        self._history, self.telling = opened.history, opened.telling
        self._engine: Engine | None = None
        self._presence = presence_of(self.facts, self.target)
        self.live = LiveLine(config, self.redactor)
        self._plan: dict[str, Any] | None = None
        self._share = Share(config, opened.facts)
        self._carried: list[dict[str, Any]] = []
        self.notes = Notebook(self.folder, self.redactor)
        self._known: list[Mapping[str, Any]] = []
        """What the record was made from."""
        self._how, self._pytest_exit = "finished", 0
        labels = Labels.of(self.checklist, self.facts, self.target.title)
        self._allure = Results(self.notes.disk, labels)
        self._hurried = False

    @classmethod
    def open(cls, config: pytest.Config) -> Session:
        """Read everything that the run rests on. Raises ConfigError with every problem found."""
        session = cls(config, read_all(config))
        keep_allure_in(session.folder, config)
        if session.controls and not config.option.collectonly:
            entry = run_entry(
                config, session.facts, session.target, session.scope_name, session.redactor.clean
            )
            session.notes.write(entry)
            critical = bool(config.getoption("--allow-critical-waivers"))
            for waiver in session.waivers:
                session.notes.write(waiver.entry(critical=critical))
            session._note_shared_users()
        if not config.option.collectonly:
            worker = getattr(config, "workerinput", {}).get("workerid", "")
            session._presence.begin(session.facts.run_id, worker, session.folder)
        return session

    @property
    def _sweeps(self) -> bool:
        """Whether to remove what earlier runs have left; a deployment of one's own has seen none."""
        kept = self.facts.read_only or self.config.getoption("--no-sweep")
        own = self._embedded is not None and self._embedded.process is not None
        return self.controls and self.settings is not None and not (kept or own)

    def _note_shared_users(self) -> None:
        for text in self._rota.notes if self._rota is not None else ():
            self.notes.write({"kind": "warning", "text": text})

    def told_to(self, worker: str) -> str:
        """What an xdist worker is told when it starts: the facts of the run, and as whom it works."""
        return json.dumps({"facts": self._share.told_to_workers(), "people": self._staff(worker)})

    def _staff(self, worker: str) -> dict[str, int]:
        """On the controller: give a process its test users, and write down who they are."""
        if self._rota is None or self.settings is None:
            return {}
        facts, numbers = self.facts, self._rota.assign(worker)
        told = people(self.target, self.settings, facts.leases, numbers, facts.shard).told()
        line = f"{worker or 'this run'} works as {told or 'nobody'}\n"
        try:
            with (self.folder / "run.log").open("a", encoding="utf-8") as log:
                log.write(self.redactor.clean(line))
        except OSError as error:
            self.notes.disk(error)
        return numbers

    def ended(self, worker: str, output: Mapping[str, Any] | None = None) -> None:
        """An xdist worker is no more: the one that replaces it may work as its test users.

        `output` is its last word, which one that was killed has not left.
        """
        told = json.loads((output or {}).get(_LAST_WORD, "{}"))
        self.notes.trouble(told.get("troubles", ()))
        self.notes.unwritten += told.get("unwritten", ())
        self.redactor.learn_all((output or {}).get(_LEARNED, ()))
        if self._rota is not None:
            self._rota.take_back(worker)

    @property
    def scope_name(self) -> str:
        """The scope as the record names it."""
        if self.facts.read_only:
            return "read-only"
        return PROD_SMOKE if self._only_production else "full"

    @property
    def _only_production(self) -> bool:
        markexpr = self.config.getoption("markexpr", "")
        return self.target.environment.protected or markexpr == PROD_SMOKE

    def header(self) -> list[str]:
        """The first lines of the run."""
        asked = self.config.getoption("--env")
        protected = self.target.environment.protected
        meant = protected and self.target.name != PRODUCTION
        only = ": the one protected environment" * meant
        why = "" if asked else f" (no --env given{only})"
        lines = [
            f"postdeploy: {self.target.title} {self.facts.environment}{why}, run {self.facts.run_id}"
        ]
        if protected:
            lines.append("postdeploy: protected environment, only prod_smoke checks run")
        waived = (f"waived until {one.expires}: {one.item}" for one in self.waivers)
        return [*lines, *self._share.lines, *(f"postdeploy: {text}" for text in waived)]

    def mistakes(self, items: Sequence[object]) -> list[str]:
        """What is wrong with the declarations of checks, a sentence each."""
        here = [item for item in items if isinstance(item, pytest.Item)]
        applicable = split(here, self.checklist, only_production=False, read_only=False).kept
        return [*mistakes(items, self.known_ids), *undeclared_writes(applicable, self.target)]

    def scope(self, items: list[pytest.Item]) -> None:
        """Take out of `items` what is not applicable here and what this run may not do."""
        collected = list(items)
        parts = split(
            items,
            self.checklist,
            only_production=self._only_production,
            read_only=self.facts.read_only,
        )
        items[:], others = self._share.take(parts.kept)
        if dropped := [*parts.not_applicable, *parts.out_of_scope, *others]:
            self.config.hook.pytest_deselected(items=dropped)
        whole = self.config.args_source is pytest.Config.ArgsSource.TESTPATHS
        self._plan = plan(self.checklist, collected, parts.kept, whole=whole)

    @property
    def plan(self) -> Mapping[str, Any]:
        """Rows, items and the checks that answer them, once collection has ended."""
        return self._plan or {}

    def note_uncollected(self, node: str) -> None:
        """A file of checks that could not be collected is a check that nobody saw the end of."""
        if self.controls and not self.config.option.collectonly:
            title = f"{node} could not be collected"
            self.notes.write({"kind": "check", "check": node, "title": title, "status": "blocked"})

    def begin(self, items: Sequence[pytest.Item], *, start: bool) -> None:
        """Write the plan for the items finally selected; without xdist, start them all if so told."""
        if self._plan is None or self._is_xdist_controller():
            return
        self._plan |= selected(self._plan, items, self.redactor.clean)
        for entry in (self._plan, *self._share.entries):
            self.notes.write(entry)
        if self.controls and items and start:
            self._start(items)

    def _is_xdist_controller(self) -> bool:
        return self.controls and self.config.getoption("dist", "no") != "no"

    def prefetch(self, items: Sequence[pytest.Item]) -> None:
        """On a worker: start these, if they are not running yet."""
        if not self.controls:
            self._start(items)

    def _start(self, items: Sequence[pytest.Item]) -> None:
        if self._engine is None:
            self._engine = Engine(self._open_run)
        took = durations.earlier(self.config)
        checks = [item for item in items if isinstance(item, pytest.Function) and is_check(item)]
        self._engine.start(
            [ticket(i, self.checklist, took.get(i.nodeid, 5.0), self.facts.waived) for i in checks]
        )

    def hurry(self) -> None:
        """Whoever waits for the end of this run does not want it to clean up any longer."""
        self._hurried = True
        if self._engine is not None:
            self._engine.hurry()

    def sweep_before_workers(self) -> None:
        """On the controller of workers: remove what earlier runs have left before they begin."""
        if self._is_xdist_controller() and self._sweeps and not self.config.option.collectonly:
            asyncio.run(self._beside(lambda run: sweep_earlier(run, self._presence)))

    async def _beside(self, work: Callable[[Run], Awaitable[None]]) -> None:
        """Work of the controller that no check does, in a run without any."""
        run = self._make_run(self._rota.held() if self._rota is not None else {})
        try:
            await work(run)
        finally:
            await run.close()
            self.notes.unwritten += run.unwritten

    def _open_run(self) -> Run:
        run = self._make_run(self._staff("") if self.controls else self._numbers)
        if self._sweeps and not self._is_xdist_controller():
            run.sweeper = lambda mine: sweep_earlier(mine, self._presence)
        return run

    def _make_run(self, numbers: Mapping[str, int]) -> Run:
        assert self.settings is not None
        return make_run(self.config, self.facts, self.target, self.settings, numbers, self.redactor)

    def await_check(self, item: pytest.Function) -> None:
        """Wait for one check, hand its answers to the report, and fail as it failed."""
        assert self._engine is not None
        result = self._engine.wait(item.nodeid, self.live.tell, self.live.show)
        item.user_properties.append((ANSWERS, json.dumps(result.entries)))
        self._allure.show(result, self.folder)
        if result.unpassed() - bearable(self.config, result.ticket.light):
            pytest.fail(failure_text(result), pytrace=False)

    def take(self, report: pytest.TestReport) -> None:
        """Keep the answers that a report carries; one of a failure without any belongs to no item."""
        told = [str(value) for name, value in report.user_properties if name == ANSWERS]
        if self.controls and report.when == "call":
            self._carried += [entry for value in told for entry in json.loads(value)]
        if self.controls and report.failed and not (told and report.when == "call"):
            self.notes.trouble([outside_items(report)])

    def finish(self, pytest_exit: int) -> None:
        """End the checks; on the controller make the record. Who is in a hurry cuts the clean-up short, no more."""
        hurried = self._end_checks()
        if not self.controls:
            told = {"troubles": self.notes.troubles, "unwritten": self.notes.unwritten}
            last_word = vars(self.config)["workeroutput"]
            last_word[_LAST_WORD] = json.dumps(told)
            last_word[_LEARNED] = self.redactor.new()
            return
        interrupted = hurried or pytest_exit == pytest.ExitCode.INTERRUPTED
        self._how = "interrupted" if interrupted else "finished"
        self._pytest_exit = int(pytest.ExitCode.INTERRUPTED) if hurried else pytest_exit
        if not self._is_xdist_controller():
            self._remove_left_behind()
        with deaf():
            mute_if_hung_up(self.config)
            self.remake()
            if not self._is_xdist_controller():  # whose workers still clean up
                self._tell_left_behind()

    def _end_checks(self) -> bool:
        """Whether somebody did not let them end."""
        if self._engine is None:
            return False
        try:
            self.live.show("removing what this run has made")
            self._engine.stop()
        except KeyboardInterrupt:
            self._hurried = True
        if self._hurried:
            self.notes.trouble(["The clean-up was cut short."])
        self.notes.unwritten += self._engine.unwritten
        self.notes.trouble(self._engine.troubles)
        return self._hurried

    def remake(self, when: datetime | None = None) -> None:
        """Write the last entry, and make the record of all that is known, on the disk or not."""
        ended = (when or datetime.now(UTC)).isoformat(timespec="milliseconds")
        code = self._pytest_exit
        self.notes.put_back()
        end = {"kind": "end", "ended": ended, "how": self._how, "pytest_exit": code}
        self.notes.write({**end, "troubles": self.notes.troubles})
        self._known = [*self.notes.entries(), *self.notes.unwritten]
        self.outcome = closing.close(self.folder, self._carried, code, self._known)
        self._share.keep(self.outcome.durations)

    def amend(self) -> int | None:
        """The exit code, on the controller. Workers that were ended early may have had a last word, or
        have left things behind: then the record is made again.
        """
        if self.outcome is None:
            return None
        if self._is_xdist_controller():
            self._remove_left_behind()
            with deaf():
                self.remake()
                self._tell_left_behind()
        conclude(self, self._history, self.telling.teller)
        return self.outcome.exit_code

    def search(self) -> None:
        """Look for secrets in all that was written, when nobody writes any more."""
        assert self.outcome is not None
        with contextlib.suppress(OSError):  # as it is, it is searched like any other file
            self._end_writers()
        began = datetime.fromisoformat(self.facts.started).timestamp()
        self.outcome = closing.search(
            self.outcome,
            self._carried,
            self._pytest_exit,
            self.redactor,
            files_elsewhere(self.config, self.folder, began),
            self._known,
        )

    def _end_writers(self) -> None:
        """The embedded deployment writes a log beside ours, which is no more trusted than a product's."""
        if self._embedded is not None:
            self._embedded.stop()
        log = self.folder / "sandbox.log"
        if log.is_file() and not log.is_symlink():
            log.write_bytes(self.redactor.clean_bytes(log.read_bytes()))

    def _tell_left_behind(self) -> None:
        """What the ledgers say was made and not removed, and the record does not say yet: then make it again."""
        assert self.outcome is not None
        told = {leftover.id for leftover in self.outcome.record.leftovers}
        lines = [line for line in left_by_others(self.folder) if line["id"] not in told]
        for line in lines:
            left = {"title": f"{line['kind']} {line['name']}", "id": line["id"]}
            note = "what made it was ended before it could remove it"
            self.notes.write({"kind": "leftover", **left, "note": note})
        if lines:
            self.remake()

    def _remove_left_behind(self) -> None:
        """Remove what processes of this run made and were ended before they could remove it."""
        if self.settings is not None and not self._hurried and unsettled(self.folder):
            known = [entry for entry in self.notes.entries() if entry.get("kind") == "leftover"]
            told = {str(entry.get("id")) for entry in known}
            asyncio.run(self._beside(lambda run: sweep_own(run, self._presence, told)))

    def summarize(self, reporter: pytest.TerminalReporter) -> None:
        """Print the record."""
        if self.outcome is not None:
            reporter.ensure_newline()
            reporter.write_line(self.outcome.text(reporter))

    def _clean(self) -> bool:
        """Whether this process has left nothing behind, as far as it knows."""
        if self.controls:
            return self.outcome is not None and not self.outcome.record.leftovers
        return self._engine is None or not self._engine.left

    def close(self) -> None:
        """Let the test users go, and stop the embedded deployment, if it was started here."""
        self._presence.leave(clean=self._clean())
        self._allure.end()
        if self._rota is not None:
            self._rota.end()
        if self._embedded is not None:
            self._embedded.stop()
