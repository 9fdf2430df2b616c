"""The chat page: its documents, its conversation, and the chats that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdeploy.locators.declaration import Caption, Find
from postdeploy.pages.qumis.report_chat import Conversation, Link
from postdeploy.pages.qumis.reports import CAPTION_OF_BOX
from postdeploy.pages.qumis.shell import Shell

if TYPE_CHECKING:
    from playwright.async_api import Page

    from postdeploy.target import Target

_LINKS = """links => links.map(a => ({
  text: a.innerText.trim(), href: a.getAttribute('href') ?? '',
}))"""


class ChatPage(Shell):
    """The pages `/chat` and `/chat/<id>`."""

    heading_words = Caption("chat.heading")
    saved_words = Caption("chat.save.done")
    citation_page = Caption("chat.citation-page", "number")

    heading = Find("heading", "chat.heading", level=1)
    main = Find("main")
    documents = Find("group", "chat.documents", "part", within="main")
    boxes = Find("checkbox", within="documents", count="any")
    kept_chats = Find("navigation", "chat.kept", "part", within="main")
    save_button = Find("button", "chat.save.button", within="main")
    save_dialog = Find("dialog", "chat.save.dialog", "part", count="later")
    _title_field = Find("textbox", "chat.save.field", within="save_dialog", count="later")
    _submit = Find("button", "chat.save.submit", within="save_dialog", count="later")

    def __init__(self, page: Page, target: Target) -> None:
        super().__init__(page, target)
        self.conversation = Conversation(self.main, target)

    async def open(self) -> None:
        """Go to the page for a new chat."""
        await self.go("/chat")

    async def offered(self) -> list[str]:
        """The names of the documents that can be put into the chat at this moment."""
        names: list[str] = await self.boxes.evaluate_all(CAPTION_OF_BOX)
        return names

    async def choose(self, name: str) -> None:
        """Put a document into the chat; waits for it to be offered."""
        await self.documents.get_by_role("checkbox", name=name, exact=True).check()

    async def chosen(self) -> list[str]:
        """The names of the documents that are in the chat."""
        ticked = self.documents.get_by_role("checkbox", checked=True)
        names: list[str] = await ticked.evaluate_all(CAPTION_OF_BOX)
        return names

    async def save(self, title: str) -> None:
        """Keep the chat under a title, by the dialog."""
        await self.save_button.click()
        await self._title_field.fill(title)
        await self._submit.click()

    async def announcements(self) -> list[str]:
        """What the page's live regions say: toasts, and refusals."""
        says = self.toast.or_(self.alert)
        return [text.strip() for text in await says.all_inner_texts()]

    async def kept(self) -> list[Link]:
        """The chats that are listed as kept."""
        links: list[dict[str, str]] = await self.kept_chats.get_by_role("link").evaluate_all(_LINKS)
        return [Link(**link) for link in links]

    async def open_kept(self, link: Link) -> None:
        """Follow the link to one of them."""
        await self.kept_chats.locator(f'a[href="{link.href}"]').click()
