"""What a report's page shows, and is told, while the report is being made, noted as it happens."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.async_api import Page, Request

    from postdeploy.target import Target

UNFINISHED: Final = ("Queued", "Processing")

_BINDING = "postdeployProgress"
_SCRIPT = """
(({binding, bar, phases}) => {
  if (window.top !== window) return;
  const named = (selector, name) =>
    [...document.querySelectorAll(selector)].find(e => e.getAttribute('aria-label') === name);
  const words = element => (element?.textContent ?? '').trim();
  let last = '';
  const look = () => {
    const list = named('ol, ul, [role=list]', phases);
    const progress = named('progress, [role=progressbar]', bar);
    if (!list && !progress) return;
    const status = words(document.querySelector('main, [role=main]')).match(/Status: ?([A-Z][a-z]+)/);
    const seen = JSON.stringify({
      path: location.pathname,
      status: status?.[1] ?? '',
      value: progress?.getAttribute('aria-valuenow') ?? progress?.getAttribute('value') ?? '',
      phase: words(list?.querySelector('[aria-current=step]')),
      phases: [...(list?.querySelectorAll('li') ?? [])].map(words),
    });
    if (seen === last) return;
    last = seen;
    window[binding](seen);
  };
  new MutationObserver(look).observe(document, {
    subtree: true, childList: true, characterData: true,
    attributes: true, attributeFilter: ['aria-valuenow', 'aria-current', 'value'],
  });
})(%s);
"""


@dataclass(frozen=True)
class Sighting:
    """What the progress indicator showed at one moment."""

    path: str
    status: str
    value: str
    phase: str
    phases: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """What the API told the page when it asked for the report; `at` in seconds of a running clock."""

    at: float
    status: str
    phase: str
    progress: float


class ProgressWatch:
    """Notes each change of the progress indicator; to be installed before the page is opened.

    A job may be over within a tenth of a second, so that looking now and then would miss it.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._sightings: list[Sighting] = []
        self._requests: list[tuple[float, Request]] = []

    async def install(self, target: Target) -> None:
        """Begin to watch every document that the page will load."""
        words = {
            "binding": _BINDING,
            "bar": target.label("report.progress", "Report progress"),
            "phases": target.label("report.phases", "Phases"),
        }
        await self._page.expose_function(_BINDING, self._note)
        await self._page.add_init_script(_SCRIPT % json.dumps(words))
        self._page.on("requestfinished", self._keep)

    def sightings(self, report_id: str) -> tuple[Sighting, ...]:
        """What the page of that report has shown so far, in order, while it was not finished."""
        return tuple(
            sighting
            for sighting in self._sightings
            if sighting.path == f"/reports/{report_id}" and sighting.status in ("", *UNFINISHED)
        )

    async def told(self, report_id: str) -> tuple[Told, ...]:
        """The API's answers to the page's own questions after that report, in order."""
        path = f"/api/v1/reports/{report_id}"
        asked = [(at, one) for at, one in self._requests if urlsplit(one.url).path == path]
        answers = [await self._answer(at, request) for at, request in asked]
        return tuple(answer for answer in answers if answer is not None)

    async def _answer(self, at: float, request: Request) -> Told | None:
        response = await request.response()
        if response is None or not response.ok:
            return None
        data: dict[str, Any] = await response.json()
        phase, progress = data.get("phase") or "", data.get("progress") or 0
        return Told(at, str(data.get("status", "")), str(phase), float(progress))

    def _note(self, seen: str) -> None:
        data = json.loads(seen)
        self._sightings.append(Sighting(**{**data, "phases": tuple(data["phases"])}))

    def _keep(self, request: Request) -> None:
        if request.method == "GET":
            self._requests.append((time.monotonic(), request))
