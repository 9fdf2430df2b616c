"""Conversations, and the one beside a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postdeploy.locators.declaration import Caption, Find
from postdeploy.pages.qumis.reports import Made, pressed

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from postdeploy.target import Target

_READ_ANSWER = """(article, citations) => {
  const lists = [...article.querySelectorAll('ul, ol')];
  const cited = lists.find(list => list.getAttribute('aria-label') === citations);
  const link = a => ({text: a.innerText.trim(), href: a.getAttribute('href')});
  const alert = article.querySelector('[role=alert]');
  const words = node => node.nodeType === Node.TEXT_NODE ? node.textContent
    : node === alert || (lists.includes(node) && node.hasAttribute('aria-label')) ? ''
    : [...node.childNodes].map(words).join('') + (/^(P|LI|DIV|BR)$/.test(node.nodeName) ? '\\n' : '');
  return {
    text: words(article).trim(),
    busy: article.getAttribute('aria-busy') === 'true',
    error: alert?.innerText.trim() ?? '',
    citations: [...(cited?.querySelectorAll('a[href]') ?? [])].map(link),
    links: [...article.querySelectorAll('a[href]')].filter(a => !cited?.contains(a)).map(link),
  };
}"""


@dataclass(frozen=True)
class Link:
    """A link as shown, with its `href` as it stands in the page."""

    text: str
    href: str


@dataclass(frozen=True)
class Answer:
    """An answer as shown; `busy` while it is still being written, `error` what went wrong with it.

    Lists that have a name of their own, as the citations do, are no part of the text.
    """

    text: str
    busy: bool
    error: str
    citations: tuple[Link, ...] = ()
    links: tuple[Link, ...] = ()


class Conversation:
    """The log, field and button of a chat, within `root`."""

    log = Find("log")
    box = Find("textbox", "chat.field")
    _send = Find("button", "chat.send")
    _questions = Find("article", "chat.you", within="log", count="later")
    _answers = Find("article", "chat.qumis", within="log", count="later")
    _citations = Caption("chat.citations")
    excuse_pattern = Caption("chat.excuse")

    def __init__(self, root: Locator, target: Target) -> None:
        self.page = root.page
        self.root = root
        self.target = target

    async def may_write(self) -> bool:
        """Whether a message can be written."""
        return await self.box.is_visible() and await self.box.is_editable()

    async def begin(self, question: str) -> Made:
        """Ask the first question; tells how the API answered the request for a new chat."""
        await self.box.fill(question)
        seconds = self.target.environment.bounds.page_seconds
        return await pressed(self._send, "/api/v1/chats", seconds)

    async def questions(self) -> list[str]:
        """What was asked, oldest first."""
        return [text.strip() for text in await self._questions.all_inner_texts()]

    async def answer(self) -> Answer | None:
        """The newest answer as it stands; None while there is none."""
        answers = self._answers
        count = await answers.count()
        if not count:
            return None
        seen: dict[str, Any] = await answers.nth(count - 1).evaluate(_READ_ANSWER, self._citations)
        return Answer(
            seen["text"],
            seen["busy"],
            seen["error"],
            tuple(Link(**link) for link in seen["citations"]),
            tuple(Link(**link) for link in seen["links"]),
        )

    def link(self, link: Link) -> Locator:
        """The link of the newest answer that reads so."""
        return self._answers.last.get_by_role("link", name=link.text, exact=True).first


class ReportChat(Conversation):
    """The chat beside a report."""

    box = Find("textbox", "report.chat.field")

    async def follow(self, link: Link) -> None:
        """Scroll to the top and press that link of the newest answer."""
        await self.page.evaluate("scrollTo(0, 0)")
        await self.link(link).click()

    async def fragment(self) -> str:
        """The fragment of the page's address: "#limits", or ""."""
        fragment: str = await self.page.evaluate("decodeURIComponent(location.hash)")
        return fragment

    async def section_in_view(self, fragment: str) -> str:
        """The heading of the section that a fragment names, if that section is there and in view.

        "" when the page has no such element or when it is out of the visible part.
        """
        heading: str = await self.page.evaluate(
            """fragment => {
              const section = document.getElementById(fragment.replace(/^#/, ''));
              if (!section) return '';
              const {top, bottom, height} = section.getBoundingClientRect();
              const seen = height > 0 && bottom > 0 && top < innerHeight;
              return seen ? (section.querySelector('h1, h2, h3')?.innerText ?? '').trim() : '';
            }""",
            fragment,
        )
        return heading
