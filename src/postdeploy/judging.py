"""Decides whether an exception speaks against the product or says that it could not be observed."""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from postdeploy.check import Evidence, Judgement
from postdeploy.disk import disk_trouble, is_disk_trouble
from postdeploy.elsewhere import other_places_trouble
from postdeploy.errors import NotSeen, ProbeError, Unreachable, is_crash, is_playwright
from postdeploy.net_errors import PROXY_MEND, Kind, NetworkTrouble, network_trouble
from postdeploy.outcome import Outcome
from postdeploy.probes.http import NoAnswer
from postdeploy.probes.names import Name, is_address, look_up
from postdeploy.probes.proxy import without_login
from postdeploy.responding import first_held, unresponsive
from postdeploy.sight import Unseen, secrets_in, seen, shows

if TYPE_CHECKING:
    from playwright.async_api import Page

    from postdeploy.flow import Flow
    from postdeploy.policy import Refused

_DNS_MEND = "Mend its resolver (/etc/resolv.conf, VPN) and run again"
_NO_SKIP = (
    "a check may not skip, nor expect to fail: what an environment lacks stands in its target file"
)
_UNMOVED = "did not change its state"
"""What Playwright says of a box that was pressed and is ticked, or not, as before."""


async def judge(flow: Flow, error: BaseException) -> Judgement:
    """How `error`, raised in a step of `flow`, counts, with the evidence at hand."""
    if is_crash(error) or _lost_browser(flow, error):
        flow.crashed = True
        return Judgement(Outcome.BLOCKED, f"the browser went away: {sentence(error, 1)}")
    evidence = tuple(await _evidence(flow))
    if refusals := flow.permit.refusals:
        return _refused(refusals, error, evidence)
    if (by_way := await _by_way(flow, error, evidence)) is not None:
        return by_way
    if isinstance(error, ProbeError):
        return Judgement(Outcome.BLOCKED, sentence(error), evidence=evidence)
    if is_playwright(error):
        return await _browser_error(flow, error, evidence)
    if isinstance(error, (pytest.skip.Exception, pytest.xfail.Exception)):
        return Judgement(Outcome.BLOCKED, f"{_NO_SKIP}: {sentence(error)}", evidence=evidence)
    if isinstance(error, (AssertionError, pytest.fail.Exception)):
        return await _observed(flow, error, evidence)
    return _own_trouble(flow, error, evidence)


def _own_trouble(flow: Flow, error: BaseException, evidence: tuple[Evidence, ...]) -> Judgement:
    """What neither the product nor a probe says: the machine's disk refused something, or the check broke."""
    if isinstance(error, OSError) and is_disk_trouble(error):
        note = f"this machine's disk refuses it: {disk_trouble(error, flow.run.folder)}"
        return Judgement(Outcome.BLOCKED, note, evidence=evidence)
    flow.broke = True
    trace = "".join(traceback.format_exception(error)[-3:])
    broken = Evidence("text", "Where the check broke", text=flow.run.redactor.clean(trace))
    note = f"the check itself broke: {type(error).__name__}: {sentence(error)}"
    return Judgement(Outcome.BLOCKED, note, evidence=(*evidence, broken))


async def over_budget(flow: Flow, error: TimeoutError) -> Judgement:
    """How an attempt counts that has had its time: against the product only where one of its pages holds itself."""
    spent = flow.environment.bounds.check_seconds
    note = f"the check's budget of {spent:g} s was spent"
    frames = traceback.format_exception(error.__cause__ or error)
    # What hangs is told by the project's own lines, not by the library's below them.
    waited = [frame for frame in frames if "site-packages" not in frame][-6:]
    evidence = Evidence("text", "Where it waited", text=flow.run.redactor.clean("".join(waited)))
    if held := await first_held(_open_pages(flow)):
        held_note = f"{unresponsive(held)}; {note}"
        if await flow.run.is_online() is not False:
            return Judgement(Outcome.FAILED, held_note, evidence=(evidence,))
    return Judgement(Outcome.BLOCKED, note, evidence=(evidence,))


async def _by_way(
    flow: Flow, error: BaseException, evidence: tuple[Evidence, ...]
) -> Judgement | None:
    """How trouble on the way to a host counts; None where the error is about something else."""
    if flow.gateway.by_proxy:
        note = f"the proxy of this machine wants a login: {flow.gateway.by_proxy[-1]}. {PROXY_MEND}"
        return Judgement(Outcome.BLOCKED, note, evidence=evidence)
    if (trouble := network_trouble(error)) is not None:
        return await _by_network(flow, trouble, evidence)
    if isinstance(error, Unreachable):
        return await _host_or_runner(flow, str(error), error.url, evidence)
    return None


def _refused(
    refusals: Sequence[Refused], error: BaseException, evidence: tuple[Evidence, ...]
) -> Judgement:
    """Whatever is seen once something was not sent says nothing of the product."""
    told = "; ".join(dict.fromkeys(str(refused) for refused in refusals))
    note = told if error in refusals else f"{told}. Seen then: {sentence(error, 1)}"
    return Judgement(Outcome.BLOCKED, note, evidence=evidence, final=True)


def _lost_browser(flow: Flow, error: BaseException) -> bool:
    """Whether the browser died under this attempt, or under what it waited for, whatever the error says."""
    died = flow.run.browser.crashes > flow.crashes_before
    return died and (bool(flow.contexts) or isinstance(error, ProbeError))


def sentence(error: BaseException, lines: int = 6) -> str:
    """The first lines of an error's message, on one line each, and of Playwright's call log what was waited for."""
    text, _, log = str(error).partition("Call log:")
    text = text.strip() or type(error).__name__
    if type(error).__name__ == "TimeoutError" and (waited := log.strip(" -\n").splitlines()):
        text = f"{text.splitlines()[0]} {waited[0]}"
    # Behind a message of the check's own, pytest repeats the comparison: said twice, and longer.
    text = text.split("\nassert ")[0]
    return "\n".join(text.splitlines()[:lines])


async def _browser_error(
    flow: Flow, error: BaseException, evidence: tuple[Evidence, ...]
) -> Judgement:
    if type(error).__name__ == "TimeoutError" or _UNMOVED in str(error):
        return await _observed(flow, error, evidence)
    # A page that navigated under the check's hands, a locator that fits twice: the check's own trouble.
    flow.broke = True
    return Judgement(
        Outcome.BLOCKED, f"the check itself broke: {sentence(error)}", evidence=evidence
    )


async def _observed(flow: Flow, error: BaseException, evidence: tuple[Evidence, ...]) -> Judgement:
    """A wrong observation counts against the product, unless the runner lost its network meanwhile."""
    if why := await other_places_trouble(flow, str(error)):
        return Judgement(Outcome.BLOCKED, f"{sentence(error, 1)}; {why}", evidence=evidence)
    by_network = bool(flow.contexts) or isinstance(error, NoAnswer)
    if by_network and await flow.run.is_online() is False:
        return Judgement(Outcome.BLOCKED, _offline(sentence(error, 1)), evidence=evidence)
    return Judgement(Outcome.FAILED, sentence(error), evidence=evidence, final=_stands(flow, error))


def _stands(flow: Flow, error: BaseException) -> bool:
    """Whether it was there and wrong (docs/adr/0008): not merely late, nor behind a gateway's answer."""
    late = is_playwright(error) or isinstance(error, NotSeen)
    return not late and not flow.gateway.answers


async def _by_network(
    flow: Flow, trouble: NetworkTrouble, evidence: tuple[Evidence, ...]
) -> Judgement:
    """How what a browser says of a connection counts: its words are the same whoever's trouble it is."""
    if trouble.kind is Kind.PROXY:
        note = f"{trouble.told}: the proxy of this machine does not let it through. {PROXY_MEND}"
        return Judgement(Outcome.BLOCKED, note, evidence=evidence)
    if trouble.kind is Kind.ANSWER:
        if await flow.run.is_online() is False:
            return Judgement(Outcome.BLOCKED, _offline(trouble.told), evidence=evidence)
        return Judgement(Outcome.FAILED, trouble.told, evidence=evidence)
    if why := await other_places_trouble(flow, trouble.told, trouble.url):
        return Judgement(Outcome.BLOCKED, f"{trouble.told}; {why}", evidence=evidence)
    if proxy := flow.run.proxies.of(trouble.url):
        # The policy's wall passes the browser on to it (docs/adr/0009).
        there = f"this machine reaches it through the proxy {without_login(proxy)}"
        note = f"{trouble.told}; {there}. {PROXY_MEND}"
        return Judgement(Outcome.BLOCKED, note, evidence=evidence)
    return await _host_or_runner(flow, trouble.told, trouble.url, evidence)


async def _host_or_runner(
    flow: Flow, what: str, url: str, evidence: tuple[Evidence, ...]
) -> Judgement:
    if why := await _names_unknown(flow, url):
        return Judgement(Outcome.BLOCKED, f"{what}; {why}", evidence=evidence)
    online = await flow.run.is_online()
    if online:
        return Judgement(
            Outcome.FAILED, f"{what}, while the control address answers", evidence=evidence
        )
    if online is None:
        note = f"{what}; no control address is declared, so the runner itself may be offline"
        return Judgement(Outcome.BLOCKED, note, evidence=evidence)
    return Judgement(Outcome.BLOCKED, _offline(what), evidence=evidence)


async def _names_unknown(flow: Flow, url: str) -> str:
    """Why nothing is known of a host that was not found, or "" where its name is no question.

    That there is no such name counts against the product only while other names are found.
    """
    host = urlsplit(url).hostname or ""
    if not host or flow.run.proxies.of(url):
        return ""
    found = await look_up(host)
    if found is Name.KNOWN:
        return ""
    if found is Name.UNANSWERED:
        return f"the DNS of this machine gives no answer about {host}. {_DNS_MEND}"
    others = [urlsplit(control).hostname or "" for control in flow.environment.control]
    named = [other for other in others if not is_address(other)]
    if any([await look_up(other) is Name.KNOWN for other in named]):
        return ""
    if not named:
        return f"there is no name {host}, and no control address has a name to compare it with. {_DNS_MEND}"
    return f"the DNS of this machine finds neither {host} nor {named[0]}. {_DNS_MEND}"


def _offline(what: str) -> str:
    return f"the runner is offline (no control address answers): {what}. Mend its network and run again"


async def _evidence(flow: Flow) -> list[Evidence]:
    found = [Evidence("curl", "Last request", text=flow.last_request)] if flow.last_request else []
    page = _last_page(flow)
    if page is not None:
        found.append(Evidence("link", "Page", text=page.url))
        found += await _screenshot(flow, page, "The page when it failed")
    return found


async def look(flow: Flow, item: str, moment: str) -> tuple[Evidence, ...]:
    """A picture of the page before an item's step, and after one that passed.

    With `--screenshot on` always; else only before a further attempt at what did not pass.
    """
    if flow.run.browser.options.screenshot != "on" and (moment, item in flow.again) != (
        "before",
        True,
    ):
        return ()
    page = _last_page(flow)
    if page is None or page.url == "about:blank":
        return ()
    taken = await _screenshot(flow, page, f"The page {moment} the step")
    return tuple(one for one in taken if one.path)


def _open_pages(flow: Flow) -> list[Page]:
    return [page for context in flow.contexts for page in context.pages if not page.is_closed()]


def _last_page(flow: Flow) -> Page | None:
    pages = _open_pages(flow)
    return pages[-1] if pages else None


async def _screenshot(flow: Flow, page: Page, title: str) -> list[Evidence]:
    from playwright.async_api import Error

    if flow.run.browser.options.screenshot == "off":
        return []
    name = f"evidence/{uuid.uuid4().hex[:12]}"
    mask = [page.locator("input[type=password]")]
    try:
        before = await seen(page)
        picture = await page.screenshot(mask=mask, timeout=5000)
        # Once more, for it may have changed under the camera; and only then is anything written.
        texts = [*before, *await seen(page)]
        if kinds := secrets_in(texts, flow.run.redactor):
            return [Evidence("text", "No screenshot", text=shows(kinds))]
        _keep(flow, name, picture, texts)
    except (Error, Unseen) as error:
        return [Evidence("text", "No screenshot", text=sentence(error, 1))]
    except OSError as error:  # the judgement stands without its picture
        flow.run.note_disk(error)
        return [Evidence("text", "No screenshot", text=disk_trouble(error, flow.run.folder))]
    return [Evidence("screenshot", title, path=f"{name}.png")]


def _keep(flow: Flow, name: str, picture: bytes, texts: Sequence[str]) -> None:
    """Keep the picture, with the words that it shows: what is learned to be a secret later on is looked for in them."""
    words = flow.run.redactor.clean("\n".join(dict.fromkeys(texts)))
    (flow.run.folder / f"{name}.txt").write_text(words, encoding="utf-8", errors="replace")
    (flow.run.folder / f"{name}.png").write_bytes(picture)
