"""The pytest hooks of postdeploy; what they do stands in the modules that they call."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from postdeploy.errors import ConfigError
from postdeploy.interrupts import Interrupts
from postdeploy.options import add_options, misled
from postdeploy.repeating import only_items
from postdeploy.selection import MARKERS, is_check, parametrize_each

if TYPE_CHECKING:
    from postdeploy.session import Session

_SESSION = pytest.StashKey["Session"]()
_INTERRUPTS = pytest.StashKey[Interrupts]()
_OPEN: list[Session] = []
"""The session of this process: pytest_runtest_logreport is the one hook that gets no config."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of a run."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read target, checklist and settings; every mistake is reported together, before anything runs."""
    if not config.getini("postdeploy_targets"):
        if strayed := misled(config):
            raise pytest.UsageError(strayed)
        return
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if config.option.help or getattr(config.option, "markers", False):
        return
    if sys.flags.optimize:
        # pytest keeps those of test modules alone: what fixtures judge would pass unseen.
        what = "Python runs with -O, which drops the assertions that judge; nothing was run"
        raise pytest.UsageError(f"postdeploy: {what}. Unset PYTHONOPTIMIZE, or leave -O out")
    from postdeploy.outlets import Outlets
    from postdeploy.session import Session
    from postdeploy.watching import watching

    try:
        session = Session.open(config)
    except ConfigError as error:
        raise pytest.UsageError("\n".join(_told(config, error))) from None
    config.stash[_SESSION] = session
    _OPEN.append(session)
    outlets = Outlets(session.redactor, on_worker=not session.controls)
    config.pluginmanager.register(outlets, "postdeploy-outlets")
    for plugin in watching(config, session):
        config.pluginmanager.register(plugin)
    interrupts = Interrupts(session.hurry, controls=session.controls)
    config.stash[_INTERRUPTS] = interrupts
    interrupts.install()


def _told(config: pytest.Config, error: ConfigError) -> list[str]:
    from postdeploy.options import environment_name
    from postdeploy.plain import console_text

    where = f"{config.getoption('--system')} {environment_name(config)}"
    count = len(error.problems)
    head = f"postdeploy: {where} is not ready, {count} thing{'s' * (count != 1)} to mend; nothing was run"
    return console_text("\n".join([head, *(f"  {one}" for one in error.problems)])).split("\n")


def session_of(config: pytest.Config) -> Session | None:
    """The session of a pytest run, for those who look at its plan; None where postdeploy is off."""
    return _session(config)


def _session(config: pytest.Config) -> Session | None:
    return config.stash.get(_SESSION, None)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker what the controller knows."""
    session = _session(node.config)
    if session is not None:
        node.workerinput["postdeploy"] = session.told_to(node.gateway.id)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """An xdist worker has ended, by itself or by a crash."""
    session = _session(node.config)
    if session is not None:
        session.ended(node.gateway.id, getattr(node, "workeroutput", {}))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Before workers are started: remove what earlier runs have left."""
    mine = _session(session.config)
    if mine is not None:
        mine.sweep_before_workers()


@pytest.hookimpl(tryfirst=True)
def pytest_report_header(config: pytest.Config) -> list[str]:
    """What is looked at, before anything else."""
    session = _session(config)
    return [*session.header(), *session.telling.lines] if session is not None else []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize `each` from the target."""
    session = _session(metafunc.config)
    if session is not None:
        parametrize_each(metafunc, session.target.environment)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Refuse checks that name no item, or an unknown one, as collection errors."""
    report = yield
    session = _session(collector.config)
    if session is None or report.outcome != "passed":
        return report
    wrong = session.mistakes(report.result)
    if wrong:
        report.outcome = "failed"
        report.longrepr = "\n".join(wrong)
        report.result = []
    return report


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """On the controller: what could not be collected forbids a GO, for xdist runs the rest all the same."""
    for session in _OPEN:
        if report.failed:
            session.note_uncollected(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the environment does not have and what the run may not do."""
    session = _session(config)
    if session is not None:
        session.scope(items)
        only_items(config, items)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Write the plan, and start all selected checks together, unless pytest will refuse to run them."""
    mine = _session(session.config)
    option = session.config.option
    if mine is not None and not option.collectonly:
        refused = session.testsfailed and not option.continue_on_collection_errors
        mine.begin(session.items, start=not refused)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """An xdist worker learns its checks one by one: start this one and the next."""
    session = _session(item.config)
    if session is not None:
        session.prefetch([item, *([nextitem] if nextitem else [])])


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Wait for the check, which has been running meanwhile, and tell pytest how it ended."""
    session = _session(pyfuncitem.config)
    if session is None or not is_check(pyfuncitem):
        return None
    session.await_check(pyfuncitem)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """On the controller: keep the answers that a report carries."""
    for session in _OPEN:
        session.take(report)


@pytest.hookimpl(tryfirst=True)
def pytest_keyboard_interrupt(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """From here on the run ends in order, and a further signal does not disturb that."""
    del excinfo
    for session in _OPEN:
        session.config.stash[_INTERRUPTS].ending = True


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None]:
    """End the checks, clean up, make the record, and let the verdict be the exit code.

    Innermost of the wrappers: the summary, which shows the record, is printed by an outer one.
    """
    mine = _session(session.config)
    if mine is None or session.config.option.collectonly:
        return (yield)
    session.config.stash[_INTERRUPTS].ending = True
    mine.finish(int(exitstatus))
    with contextlib.suppress(KeyboardInterrupt):
        yield  # here xdist ends its workers, if they have not ended yet
    code = mine.amend()
    if code is not None:
        session.exitstatus = code
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the execution record and the verdict."""
    session = _session(terminalreporter.config)
    if session is not None:
        session.summarize(terminalreporter)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    session = _session(config)
    if session is not None:
        _OPEN.remove(session)
        session.close()
        config.stash[_INTERRUPTS].remove()


@pytest.fixture
def flow(request: pytest.FixtureRequest) -> Any:
    """What a check is handed (postdeploy.flow.Flow); the engine makes it, pytest only knows its name."""
    if not is_check(request.node):
        raise pytest.UsageError(f"{request.node.nodeid}: `flow` is for `async def` checks")


__all__: Sequence[str] = ("flow",)
