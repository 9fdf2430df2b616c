"""The chat page: its documents, its conversation, and the chats that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdeploy.pages.qumis.report_chat import Conversation, Link
from postdeploy.pages.qumis.reports import CAPTION_OF_BOX
from postdeploy.pages.qumis.shell import Shell

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from postdeploy.target import Target

_LINKS = """links => links.map(a => ({
  text: a.innerText.trim(), href: a.getAttribute('href') ?? '',
}))"""


class ChatPage(Shell):
    """The pages `/chat` and `/chat/<id>`."""

    def __init__(self, page: Page, target: Target) -> None:
        super().__init__(page, target)
        self.main = page.get_by_role("main")
        self.conversation = Conversation(self.main, target, target.label("chat.message", "Message"))

    async def open(self) -> None:
        """Go to the page for a new chat."""
        await self.go("/chat")

    async def offered(self) -> list[str]:
        """The names of the documents that can be put into the chat at this moment."""
        boxes = self._documents.get_by_role("checkbox")
        names: list[str] = await boxes.evaluate_all(CAPTION_OF_BOX)
        return names

    async def choose(self, name: str) -> None:
        """Put a document into the chat; waits for it to be offered."""
        await self._documents.get_by_role("checkbox", name=name, exact=True).check()

    async def chosen(self) -> list[str]:
        """The names of the documents that are in the chat."""
        ticked = self._documents.get_by_role("checkbox", checked=True)
        names: list[str] = await ticked.evaluate_all(CAPTION_OF_BOX)
        return names

    async def save(self, title: str) -> None:
        """Keep the chat under a title, by the dialog."""
        caption = self.target.label("chat.save", "Save chat")
        await self.main.get_by_role("button", name=caption, exact=True).click()
        dialog = self.page.get_by_role("dialog", name=caption)
        field = self.target.label("chat.save.title", "Title")
        await dialog.get_by_role("textbox", name=field, exact=True).fill(title)
        press = self.target.label("chat.save.press", "Save")
        await dialog.get_by_role("button", name=press, exact=True).click()

    async def announcements(self) -> list[str]:
        """What the page's live regions say: toasts, and refusals."""
        says = self.page.get_by_role("status").or_(self.page.get_by_role("alert"))
        return [text.strip() for text in await says.all_inner_texts()]

    async def kept(self) -> list[Link]:
        """The chats that are listed as kept."""
        links: list[dict[str, str]] = await self._kept.get_by_role("link").evaluate_all(_LINKS)
        return [Link(**link) for link in links]

    async def open_kept(self, link: Link) -> None:
        """Follow the link to one of them."""
        await self._kept.locator(f'a[href="{link.href}"]').click()

    @property
    def _documents(self) -> Locator:
        name = self.target.label("chat.documents", "Documents in this chat")
        return self.main.get_by_role("group", name=name)

    @property
    def _kept(self) -> Locator:
        return self.main.get_by_role("navigation", name=self.target.label("chat.kept", "Chats"))
