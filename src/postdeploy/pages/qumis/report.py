"""The page of one report: its progress, its sections, and what can be done with it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from playwright.async_api import Download, Response

from postdeploy.downloads import content, ended
from postdeploy.locators.declaration import Find
from postdeploy.pages.qumis.report_chat import ReportChat
from postdeploy.pages.qumis.report_parts import ReportParts
from postdeploy.pages.qumis.report_words import ReportWords, StatusWords
from postdeploy.pages.qumis.reports import Made, pressed

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from postdeploy.target import Target

Export = Literal["pdf", "xlsx", "csv"]

# A mark that looks like the rest of its cell is none to whoever reads.
_GRID = """table => [...table.rows].map(row => [...row.cells].map(cell => {
  const around = getComputedStyle(cell);
  const stands_out = mark => {
    const own = getComputedStyle(mark);
    const filled = own.backgroundColor !== 'rgba(0, 0, 0, 0)' && own.backgroundColor !== around.backgroundColor;
    const drawn = ['backgroundImage', 'boxShadow', 'outlineStyle', 'borderBottomStyle', 'textDecorationLine'];
    return filled || drawn.some(name => own[name] !== 'none')
      || ['color', 'fontWeight', 'fontStyle'].some(name => own[name] !== around[name]);
  };
  const marks = [...cell.querySelectorAll('mark')].filter(stands_out);
  return {text: cell.innerText.trim(), marked: marks.map(mark => mark.innerText.trim()).join(' ')};
}))"""


@dataclass(frozen=True)
class Cell:
    """A table's cell: its whole text, and that part of it which is seen to be marked as a difference."""

    text: str
    marked: str


@dataclass(frozen=True)
class Grid:
    """A table as shown: the captions of its columns, and its rows below them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def texts(self) -> list[list[str]]:
        """Captions and rows as text alone, captions first."""
        return [list(self.columns), *([cell.text for cell in row] for row in self.rows)]


@dataclass(frozen=True)
class Standing:
    """How far the page says that the report has come; `status` as the API calls it."""

    status: str
    phase: str = ""
    progress: str = ""
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Downloaded:
    """A file as the browser received it; `failure` is "" when it came whole."""

    name: str
    content: bytes
    failure: str = ""


class ReportPage(ReportParts):
    """The page `/reports/<id>`, of one kind of report where that matters."""

    status_line = Find("text", "report.status.line", "format", within="main")
    progress_bar = Find("progressbar", within="main", count="later")
    section_regions = Find("region", within="main", count="some")
    pdf_export = Find("control", "report.export.pdf", within="main")
    xlsx_export = Find("control", "report.export.xlsx", within="main", on=("checklist",))
    csv_export = Find("control", "report.export.csv", within="main", on=("checklist",))
    save_button = Find("control", "report.save.button", within="main", unless="saved_button")
    saved_button = Find("control", "report.save.done", within="main", count="later")
    share_button = Find("control", "report.share.button", within="main")
    share_dialog = Find("dialog", "report.share.dialog", "part", count="later")
    _share_email = Find(
        "textbox", "report.share.field", "part", within="share_dialog", count="later"
    )
    _share_submit = Find("button", "report.share.submit", within="share_dialog", count="later")
    ask_button = Find("button", "report.chat.button", within="main")
    chat_region = Find("complementary", "report.chat.region", count="later")

    def __init__(self, page: Page, target: Target, variant: str = "") -> None:
        super().__init__(page, target, variant)
        self.words = ReportWords(target)
        self._status = StatusWords(target)

    async def open(self, report_id: str) -> int:
        """Load the report by its address; returns the HTTP status of the document."""
        return await self.go(f"/reports/{report_id}")

    async def arrived(self, report_id: str) -> None:
        """Wait until the browser is at that report's address."""
        await self.page.wait_for_url(f"**/reports/{report_id}")

    async def loaded_at(self) -> float:
        """When the present document was loaded (milliseconds since 1970): it tells a reload."""
        moment: float = await self.page.evaluate("performance.timeOrigin")
        return moment

    async def standing(self) -> Standing:
        """Status, phase and progress as shown at this moment; "" for what is not shown."""
        line = re.compile(self._status.whole)
        statuses = await self.main.get_by_text(line).all_inner_texts()
        match = line.match(statuses[0]) if statuses else None
        current = self.main.locator("[aria-current=step]")
        values: list[str] = await self.progress_bar.evaluate_all(
            "bars => bars.map(bar => bar.getAttribute('aria-valuenow') ?? '')"
        )
        return Standing(
            self._status.state(match.group(1)) if match else "",
            " ".join(await current.all_inner_texts()),
            " ".join(values),
            tuple(await self.alert.all_inner_texts()),
        )

    async def sections(self) -> list[str]:
        """The headings of the report's sections, in the order shown."""
        headings = self.section_regions.get_by_role("heading", level=2)
        return [text.strip() for text in await headings.all_inner_texts()]

    async def text(self, section: str = "") -> str:
        """All that the report, or one of its sections, says."""
        place = self.section(section) if section else self.main
        return await place.inner_text()

    async def items(self, section: str) -> list[str]:
        """The entries of a section's list."""
        return await self.section(section).get_by_role("listitem").all_inner_texts()

    async def grid(self, section: str) -> Grid:
        """The table of a section."""
        return await _grid(self.section(section).get_by_role("table"))

    async def table(self, name: str) -> Grid:
        """The table of that name, wherever it stands."""
        return await _grid(self.main.get_by_role("table", name=name, exact=True))

    async def bars(self, chart: str) -> list[str]:
        """The captions of a chart's bars."""
        buttons = self.section(chart).get_by_role("button")
        return [text.strip() for text in await buttons.all_inner_texts()]

    async def press_bar(self, chart: str, bar: str) -> None:
        """Press one bar of a chart."""
        await self.section(chart).get_by_role("button", name=bar, exact=True).click()

    async def chart_status(self, chart: str) -> str:
        """What a chart says about the bar that was pressed."""
        return " ".join(await self.section(chart).get_by_role("status").all_inner_texts()).strip()

    async def download(self, kind: Export) -> Downloaded:
        """Press an export and take the file."""
        exports = {"pdf": self.pdf_export, "xlsx": self.xlsx_export, "csv": self.csv_export}
        return await self._take(exports[kind])

    async def artifacts(self, section: str) -> list[str]:
        """The captions of the files that a section offers."""
        links = self.section(section).get_by_role("link")
        return [text.strip() for text in await links.all_inner_texts()]

    async def download_artifact(self, section: str, caption: str) -> Downloaded:
        """Follow one of those links and take the file."""
        return await self._take(self.section(section).get_by_role("link", name=caption, exact=True))

    async def save(self) -> None:
        """Press *Save*, and wait until the button says *Saved*."""
        await self.save_button.click()
        await self.saved_button.wait_for()

    async def share(self, email: str) -> Made:
        """Send the report to an address by the share dialog; tells how the API answered."""
        await self.share_button.click()
        await self._share_email.fill(email)
        seconds = self.target.environment.bounds.page_seconds
        return await pressed(
            self._share_submit, f"/api/v1{urlsplit(self.page.url).path}/share", seconds
        )

    async def announcements(self) -> list[str]:
        """What the page's live regions say: toasts, and refusals."""
        says = self.toast.or_(self.alert)
        return [text.strip() for text in await says.all_inner_texts()]

    async def open_chat(self) -> ReportChat:
        """Open the chat about this report and wait for it."""
        await self.ask_button.click()
        await self.chat_region.wait_for()
        return ReportChat(self.chat_region, self.target)

    def section(self, name: str) -> Locator:
        """The region of a section."""
        return self.main.get_by_role("region", name=name, exact=True)

    async def _take(self, control: Locator) -> Downloaded:
        """Press a control and take the file, or note what came in the file's place."""
        answered: asyncio.Future[Download | Response] = asyncio.get_running_loop().create_future()

        def note(event: Download | Response) -> None:
            if not answered.done() and _is_outcome(event):
                answered.set_result(event)

        self.page.on("download", note)
        self.page.on("response", note)
        await control.click()
        seconds = self.target.environment.bounds.page_seconds
        await asyncio.wait([answered], timeout=seconds)
        self.page.remove_listener("download", note)
        self.page.remove_listener("response", note)
        if not answered.done():
            return Downloaded("", b"", f"no file came within {seconds:g} s")
        return await _downloaded(answered.result(), seconds)


def _is_outcome(event: Download | Response) -> bool:
    """Whether pressing an export has ended: in a file, or in a page that says why there is none."""
    if not isinstance(event, Response):
        return True
    return event.status >= 400 and event.request.is_navigation_request()


async def _downloaded(event: Download | Response, seconds: float) -> Downloaded:
    if isinstance(event, Response):
        return Downloaded("", b"", f"{urlsplit(event.url).path} answered {event.status}")
    failure = await ended(event, seconds)
    if failure:
        return Downloaded(event.suggested_filename, b"", failure)
    return Downloaded(event.suggested_filename, await content(event))


async def _grid(table: Locator) -> Grid:
    cells: list[list[dict[str, str]]] = await table.evaluate(_GRID)
    rows = [tuple(Cell(cell["text"], cell["marked"]) for cell in row) for row in cells if row]
    if not rows:
        return Grid((), ())
    return Grid(tuple(cell.text for cell in rows[0]), tuple(rows[1:]))
