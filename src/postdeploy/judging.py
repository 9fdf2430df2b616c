"""Decides whether an exception speaks against the product or says that it could not be observed."""

from __future__ import annotations

import traceback
import uuid
from typing import TYPE_CHECKING

from postdeploy.check import Evidence, Judgement
from postdeploy.errors import NotSeen, ProbeError, Unreachable, is_crash
from postdeploy.outcome import Outcome
from postdeploy.probes.http import NoAnswer
from postdeploy.sight import Unseen, secrets_in, seen, shows

if TYPE_CHECKING:
    from playwright.async_api import Page

    from postdeploy.flow import Flow

_NETWORK = (
    "net::ERR_CONNECTION",
    "net::ERR_NAME_NOT_RESOLVED",
    "net::ERR_INTERNET",
    "net::ERR_ADDRESS",
    "net::ERR_TIMED_OUT",
    "net::ERR_EMPTY_RESPONSE",
    "net::ERR_PROXY",
    "net::ERR_NETWORK",
)
_UNMOVED = "did not change its state"
"""What Playwright says of a box that was pressed and is ticked, or not, as before."""


async def judge(flow: Flow, error: BaseException) -> Judgement:
    """How `error`, raised in a step of `flow`, counts, with the evidence at hand."""
    if is_crash(error) or _lost_browser(flow, error):
        flow.crashed = True
        return Judgement(Outcome.BLOCKED, f"the browser went away: {sentence(error, 1)}")
    evidence = tuple(await _evidence(flow))
    if isinstance(error, Unreachable):
        return await _host_or_runner(flow, str(error), evidence)
    if isinstance(error, ProbeError):
        return Judgement(Outcome.BLOCKED, sentence(error), evidence=evidence)
    if _is_playwright(error):
        return await _browser_error(flow, error, evidence)
    if isinstance(error, AssertionError):
        return await _observed(flow, error, evidence)
    flow.broke = True
    trace = "".join(traceback.format_exception(error)[-3:])
    broken = Evidence("text", "Where the check broke", text=flow.run.redactor.clean(trace))
    note = f"the check itself broke: {type(error).__name__}: {sentence(error)}"
    return Judgement(Outcome.BLOCKED, note, evidence=(*evidence, broken))


def _lost_browser(flow: Flow, error: BaseException) -> bool:
    """Whether the browser died under this attempt, or under what it waited for, whatever the error says."""
    died = flow.run.browser.crashes > flow.crashes_before
    return died and (bool(flow.contexts) or isinstance(error, ProbeError))


def sentence(error: BaseException, lines: int = 6) -> str:
    """The first lines of an error's message, on one line each, without Playwright's call log."""
    text = str(error).split("Call log:")[0].strip() or type(error).__name__
    # Behind a message of the check's own, pytest repeats the comparison: said twice, and longer.
    text = text.split("\nassert ")[0]
    return "\n".join(text.splitlines()[:lines])


def _is_playwright(error: BaseException) -> bool:
    return type(error).__module__.startswith("playwright.")


async def _browser_error(
    flow: Flow, error: BaseException, evidence: tuple[Evidence, ...]
) -> Judgement:
    if any(word in str(error) for word in _NETWORK):
        return await _host_or_runner(flow, sentence(error, 1), evidence)
    if type(error).__name__ == "TimeoutError" or _UNMOVED in str(error):
        return await _observed(flow, error, evidence)
    # A page that navigated under the check's hands, a locator that fits twice: the check's own trouble.
    flow.broke = True
    return Judgement(
        Outcome.BLOCKED, f"the check itself broke: {sentence(error)}", evidence=evidence
    )


async def _observed(flow: Flow, error: BaseException, evidence: tuple[Evidence, ...]) -> Judgement:
    """A wrong observation counts against the product, unless the runner lost its network meanwhile."""
    by_network = bool(flow.contexts) or isinstance(error, NoAnswer)
    if by_network and await flow.run.is_online() is False:
        return Judgement(Outcome.BLOCKED, _offline(sentence(error, 1)), evidence=evidence)
    return Judgement(Outcome.FAILED, sentence(error), evidence=evidence, final=_stands(flow, error))


def _stands(flow: Flow, error: BaseException) -> bool:
    """Whether it was there and wrong (docs/adr/0008): not merely late, nor behind a gateway's answer."""
    late = _is_playwright(error) or isinstance(error, NotSeen)
    return not late and not flow.gateway.answers


async def _host_or_runner(flow: Flow, what: str, evidence: tuple[Evidence, ...]) -> Judgement:
    online = await flow.run.is_online()
    if online:
        return Judgement(
            Outcome.FAILED, f"{what}, while the control address answers", evidence=evidence
        )
    if online is None:
        note = f"{what}; no control address is declared, so the runner itself may be offline"
        return Judgement(Outcome.BLOCKED, note, evidence=evidence)
    return Judgement(Outcome.BLOCKED, _offline(what), evidence=evidence)


def _offline(what: str) -> str:
    return f"the runner is offline (no control address answers): {what}. Mend its network and run again"


async def _evidence(flow: Flow) -> list[Evidence]:
    found = [Evidence("curl", "Last request", text=flow.last_request)] if flow.last_request else []
    page = _last_page(flow)
    if page is not None:
        found.append(Evidence("link", "Page", text=page.url))
        found += await _screenshot(flow, page)
    return found


def _last_page(flow: Flow) -> Page | None:
    pages = [page for context in flow.contexts for page in context.pages if not page.is_closed()]
    return pages[-1] if pages else None


async def _screenshot(flow: Flow, page: Page) -> list[Evidence]:
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
    except (Error, Unseen) as error:
        return [Evidence("text", "No screenshot", text=sentence(error, 1))]
    if kinds := secrets_in(texts, flow.run.redactor):
        return [Evidence("text", "No screenshot", text=shows(kinds))]
    # What is learned to be a secret later on is looked for in these words when the run has ended.
    words = flow.run.redactor.clean("\n".join(dict.fromkeys(texts)))
    (flow.run.folder / f"{name}.txt").write_text(words, encoding="utf-8", errors="replace")
    (flow.run.folder / f"{name}.png").write_bytes(picture)
    return [Evidence("screenshot", "The page when it failed", path=f"{name}.png")]
