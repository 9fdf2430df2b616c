"""What a report's page shows, and is told, while the report is being made, noted as it happens."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from playwright.async_api import Error as BrowserError

from postdeploy.locators.declaration import Caption
from postdeploy.pages.qumis.report_words import StatusWords
from postdeploy.pages.qumis.reports import json_object

if TYPE_CHECKING:
    from playwright.async_api import Page, Request

    from postdeploy.target import Target

UNFINISHED: Final = ("Queued", "Processing")

_API = "/api/v1/reports/"
_BINDING = "postdeployProgress"
_SCRIPT = """
(({binding, bar, phases, line}) => {
  if (window.top !== window) return;
  const named = (selector, name) =>
    [...document.querySelectorAll(selector)].find(e => e.getAttribute('aria-label') === name);
  const words = element => (element?.textContent ?? '').trim();
  let last = '';
  const look = () => {
    const list = named('ol, ul, [role=list]', phases);
    const progress = named('progress, [role=progressbar]', bar);
    if (!list && !progress) return;
    const status = words(document.querySelector('main, [role=main]')).match(new RegExp(line));
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
    """What the progress indicator showed at one moment; `status` as the API calls it."""

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

    _bar = Caption("report.progress")
    _phases = Caption("report.phases")

    def __init__(self, page: Page, target: Target) -> None:
        self._page = page
        self.target = target
        self._words = StatusWords(target)
        self._sightings: list[Sighting] = []
        self._answers: list[tuple[str, asyncio.Task[Told | None]]] = []

    async def install(self) -> None:
        """Begin to watch every document that the page will load."""
        words = {
            "binding": _BINDING,
            "bar": self._bar,
            "phases": self._phases,
            "line": self._words.within,
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
        path = _API + report_id
        answers = await asyncio.gather(*(task for asked, task in self._answers if asked == path))
        return tuple(answer for answer in answers if answer is not None)

    def _note(self, seen: str) -> None:
        data = json.loads(seen)
        data |= {"phases": tuple(data["phases"]), "status": self._words.state(data["status"])}
        self._sightings.append(Sighting(**data))

    def _keep(self, request: Request) -> None:
        path = urlsplit(request.url).path
        if request.method == "GET" and path.startswith(_API):
            self._answers.append((path, asyncio.ensure_future(_told(time.monotonic(), request))))


async def _told(at: float, request: Request) -> Told | None:
    try:
        response = await request.response()
        text = await response.text() if response is not None and response.ok else ""
    except BrowserError:  # the page went elsewhere before its answer could be read
        return None
    return _read(at, text)


def _read(at: float, text: str) -> Told | None:
    """The report in an answer; None for an answer that is another thing, such as an export."""
    data = json_object(text)
    if "status" not in data:
        return None
    phase, progress = data.get("phase") or "", data.get("progress") or 0
    return Told(at, str(data["status"]), str(phase), float(progress))
