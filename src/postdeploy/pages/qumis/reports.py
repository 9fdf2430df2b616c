"""The five pages that ask for a report: choosing documents, and generating."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from postdeploy.locators.declaration import Find
from postdeploy.pages.qumis.home import HomePage
from postdeploy.pages.qumis.report_words import FormWords
from postdeploy.pages.qumis.shell import Shell

if TYPE_CHECKING:
    from playwright.async_api import Error, Locator, Page, Request, Response

    from postdeploy.target import Target


@dataclass(frozen=True)
class ReportKind:
    """A kind of report: its name at the API, and its page's path."""

    name: str
    path: str


KINDS: Final[Mapping[str, ReportKind]] = {
    kind.name: kind
    for kind in (
        ReportKind("analysis", "/single-policy-analysis"),
        ReportKind("comparison", "/policy-comparison"),
        ReportKind("coverage", "/claim-coverage"),
        ReportKind("checklist", "/coverage-checklist"),
        ReportKind("custom", "/custom-reporting"),
    )
}

CAPTION_OF_BOX: Final = "boxes => boxes.map(box => (box.labels?.[0]?.innerText ?? '').trim())"


@dataclass(frozen=True)
class Made:
    """The API's answer to a request that makes or sends something; `id` is "" where it names none."""

    status: int
    id: str
    text: str
    asked: tuple[Mapping[str, Any], ...] = ()
    """What the page asked for, request by request until the first was answered; empty where it is no JSON."""


async def pressed(control: Locator, path: str, seconds: float) -> Made:
    """Press a control and tell how the API answered the POST to `path` that follows.

    Status 0 says that within so many seconds there was no such request, or no answer to it.
    """
    page = control.page
    answered: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
    asked: list[Mapping[str, Any]] = []

    def listen(request: Request) -> None:
        if _posts_to(path, request) and request.redirected_from is None:
            asked.append(json_object(request.post_data or ""))

    def note(response: Response) -> None:
        if _posts_to(path, response.request) and not answered.done():
            answered.set_result(response)

    page.on("request", listen)
    page.on("response", note)
    await control.click()
    await asyncio.wait([answered], timeout=seconds)
    page.remove_listener("request", listen)
    page.remove_listener("response", note)
    if not answered.done():
        return Made(0, "", f"no answered POST to {path} within {seconds:g} s of the press")
    text, status = await answered.result().text(), answered.result().status
    return Made(status, str(json_object(text).get("id", "")), text[:300], tuple(asked))


def _posts_to(path: str, request: Request) -> bool:
    return request.method == "POST" and urlsplit(request.url).path == path


def _heading(kind: str) -> Find:
    return Find("heading", f"reports.heading.{kind}", level=1, on=(kind,))


class ReportForm(Shell):
    """The page of one kind of report, `kind` being a key of KINDS."""

    documents = Find("group", "reports.documents")
    boxes = Find("checkbox", within="documents", count="any")
    templates = Find("radiogroup", "reports.template.group", "part", on=("custom",))
    renewal_choice = Find(
        "radio", "reports.template.renewal-summary", within="templates", on=("custom",)
    )
    claim_field = Find("textbox", "reports.claim", "part", on=("coverage",))
    analysis_heading = _heading("analysis")
    comparison_heading = _heading("comparison")
    coverage_heading = _heading("coverage")
    checklist_heading = _heading("checklist")
    custom_heading = _heading("custom")
    analysis_button = Find("button", "reports.generate.analysis", on=("analysis",))
    comparison_button = Find("button", "reports.generate.comparison", on=("comparison",))
    coverage_button = Find("button", "reports.generate.coverage", on=("coverage",))
    checklist_button = Find("button", "reports.generate.checklist", on=("checklist",))
    custom_button = Find("button", "reports.generate.custom", on=("custom",))

    def __init__(self, page: Page, target: Target, kind: str) -> None:
        super().__init__(page, target, kind)
        self.kind = KINDS[kind]
        self.words = FormWords(target)
        self.errors: list[str] = []
        """Uncaught errors of the page's scripts since this object was made."""
        page.on("pageerror", self._keep_error)

    async def open(self) -> int:
        """Go to the page by its address; returns the HTTP status of the document."""
        return await self.go(self.kind.path)

    async def open_from_home(self, tile: str) -> int:
        """Go to the home page, follow the tile of that caption, and wait to be elsewhere.

        Returns the HTTP status of the document that the home page came in.
        """
        home = HomePage(self.page, self.target)
        status = await home.open()
        await home.tile(tile).click()
        await home.greeting.wait_for(state="hidden")
        return status

    async def offered(self) -> list[str]:
        """The names of the documents that can be chosen at this moment."""
        names: list[str] = await self.boxes.evaluate_all(CAPTION_OF_BOX)
        return names

    async def choose(self, *names: str) -> None:
        """Tick the documents of these names; waits for each to be offered."""
        for name in names:
            await self.documents.get_by_role("checkbox", name=name, exact=True).check()

    async def chosen(self) -> list[str]:
        """The names of the documents that are ticked."""
        ticked = self.documents.get_by_role("checkbox", checked=True)
        names: list[str] = await ticked.evaluate_all(CAPTION_OF_BOX)
        return names

    async def describe(self, claim: str) -> None:
        """Fill in the claim."""
        await self.claim_field.fill(claim)

    async def description(self) -> str:
        """The claim as the field holds it."""
        return await self.claim_field.input_value()

    async def choose_template(self, name: str) -> None:
        """Choose a template of the custom report."""
        await self.templates.get_by_role("radio", name=name, exact=True).check()

    async def template(self) -> list[str]:
        """The templates that are chosen; one, on a page that is right."""
        chosen = self.templates.get_by_role("radio", checked=True)
        names: list[str] = await chosen.evaluate_all(CAPTION_OF_BOX)
        return names

    async def may_generate(self) -> bool:
        """Whether the generate button can be pressed."""
        return await self._button.is_enabled()

    async def generate(self) -> Made:
        """Press the button and tell how the API answered the request for the report."""
        seconds = self.target.environment.bounds.page_seconds
        return await pressed(self._button, "/api/v1/reports", seconds)

    @property
    def heading(self) -> str:
        """What the page of this kind is headed."""
        return self.words.heading(self.kind.name)

    @property
    def _button(self) -> Locator:
        return {
            "analysis": self.analysis_button,
            "comparison": self.comparison_button,
            "coverage": self.coverage_button,
            "checklist": self.checklist_button,
            "custom": self.custom_button,
        }[self.kind.name]

    def _keep_error(self, error: Error) -> None:
        self.errors.append(str(error))


def json_object(text: str) -> dict[str, Any]:
    """The JSON object that a text holds; an empty one for anything else, such as an error page."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
