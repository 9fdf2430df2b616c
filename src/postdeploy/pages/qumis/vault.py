"""The vaults at `/documents`: what is listed, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from postdeploy.locators.declaration import Caption, Find
from postdeploy.pages.qumis.shell import Shell, linked_id

if TYPE_CHECKING:
    from playwright.async_api import Locator, Response

    from postdeploy.target import Target

Vault = Literal["my", "shared", "trash"]

# One reading of the whole table: row by row, it would change between two questions.
_ROWS = """table => {
  const partsOf = cell => cell.children.length
    ? [...cell.children].map(part => part.innerText.trim())
    : [cell.innerText.trim()].filter(Boolean);
  const heads = [...table.querySelectorAll('thead th')].map(cell => cell.innerText.trim());
  return [...table.querySelectorAll('tbody tr')].map(row => ({
    href: row.querySelector('a[href]')?.getAttribute('href') ?? '',
    link: row.querySelector('a[href]')?.innerText.trim() ?? '',
    cells: Object.fromEntries([...row.cells].map((cell, n) => [heads[n], partsOf(cell)])),
  }));
}"""


@dataclass(frozen=True)
class Row:
    """A line of the table; `id` is that of the document which its name leads to.

    `name` is what the link says: whatever else stands beside it (a badge, a second line) is none of it.
    `status` is Processing, Ready or Failed, whatever the product's words for them; others as shown.
    `tags` are in the order of the alphabet: the order in which a product shows them says nothing.
    """

    id: str
    name: str
    tags: tuple[str, ...]
    carrier: str
    status: str


class RowWords:
    """What the product calls the columns of the vaults' table, and a document's states."""

    tags = Caption("vault.column.tags")
    carrier = Caption("vault.column.carrier")
    status = Caption("vault.column.status")
    processing = Caption("vault.status.processing")
    ready = Caption("vault.status.ready")
    failed = Caption("vault.status.failed")

    def __init__(self, target: Target) -> None:
        self.target = target

    def read(self, raw: dict[str, Any]) -> Row:
        """A line as the table's script has read it."""
        cells: dict[str, list[str]] = raw["cells"]
        shown = " ".join(cells.get(self.status, ()))
        states = {self.processing: "Processing", self.ready: "Ready", self.failed: "Failed"}
        return Row(
            id=linked_id(str(raw["href"])),
            name=str(raw["link"]),
            tags=tuple(sorted(cells.get(self.tags, ()))),
            carrier=" ".join(cells.get(self.carrier, ())),
            status=states.get(shown, shown),
        )


@dataclass(frozen=True)
class UploadAnswer:
    """What the API answered to an upload made in the page."""

    status: int
    body: dict[str, Any]


def _column(label: str) -> Find:
    return Find("columnheader", label, within="table")


def _of_row(label: str, *on: str) -> Find:
    """A button that each line of the table has."""
    vaults = on or ("my", "shared")
    return Find("button", label, within="table", count="some", needs="document_links", on=vaults)


class VaultPage(Shell):
    """`/documents`."""

    table = Find("table", "vault.table")
    search_box = Find("searchbox", "vault.search")
    my_tab = Find("tab", "vault.tab.my")
    shared_tab = Find("tab", "vault.tab.shared")
    trash_tab = Find("tab", "vault.tab.trash")
    shared_words = Caption("vault.tab.shared")
    upload_field = Find("field", "vault.upload", "part", on=("my", "shared"))
    name_column = _column("vault.column.name")
    tags_column = _column("vault.column.tags")
    carrier_column = _column("vault.column.carrier")
    status_column = _column("vault.column.status")
    document_links = Find("link", within="table", count="any")
    rename_button = _of_row("vault.rename.button")
    tag_button = _of_row("vault.tag.button")
    delete_button = _of_row("vault.delete.button")
    restore_button = _of_row("vault.restore.button", "trash")

    rename_dialog = Find("dialog", "vault.rename.dialog", count="later")
    _name_field = Find("textbox", "vault.rename.field", within="rename_dialog", count="later")
    _rename_submit = Find("button", "vault.rename.submit", within="rename_dialog", count="later")
    tag_dialog = Find("dialog", "vault.tag.dialog", count="later")
    _tag_field = Find("textbox", "vault.tag.field", within="tag_dialog", count="later")
    _tag_submit = Find("button", "vault.tag.submit", within="tag_dialog", count="later")
    delete_dialog = Find("dialog", "vault.delete.dialog", count="later")
    _delete_submit = Find("button", "vault.delete.submit", within="delete_dialog", count="later")

    async def open(self, vault: Vault = "my") -> None:
        """Open a vault by its address and wait for its list."""
        await self.go(f"/documents?vault={vault}")
        await self.listed()

    async def listed(self) -> None:
        """Wait until the list is there."""
        await self.table.wait_for(state="visible")
        await self._loading.first.wait_for(state="hidden")

    def tab(self, vault: Vault) -> Locator:
        """The tab of a vault."""
        return {"my": self.my_tab, "shared": self.shared_tab, "trash": self.trash_tab}[vault]

    async def choose(self, vault: Vault) -> None:
        """Choose a vault by its tab; the list changes a moment later."""
        await self.tab(vault).click()

    async def chosen(self) -> str:
        """The caption of the tab that is selected now, or ""."""
        tabs = self.page.get_by_role("tab", selected=True)
        return " ".join(await tabs.all_inner_texts())

    async def rows(self) -> list[Row]:
        """What the table shows now, top to bottom."""
        words = RowWords(self.target)
        return [words.read(raw) for raw in await self.table.evaluate(_ROWS)]

    async def entry(self, document_id: str) -> Row | None:
        """What the table shows now of one document; None when it is not listed."""
        return next((row for row in await self.rows() if row.id == document_id), None)

    async def called(self, name: str) -> frozenset[str]:
        """The ids of all documents of that name that the table shows now."""
        return frozenset(row.id for row in await self.rows() if row.name == name)

    def row(self, document_id: str) -> Locator:
        """The line of one document."""
        link = self.page.locator(f'a[href$="/documents/{document_id}"]')
        for mark in "?#":
            link = link.or_(self.page.locator(f'a[href*="/documents/{document_id}{mark}"]'))
        return self.table.get_by_role("row").filter(has=link)

    def link(self, document_id: str) -> Locator:
        """The name of one document, which leads to the viewer."""
        return self.row(document_id).get_by_role("link")

    async def upload(self, file: Path) -> UploadAnswer:
        """Give a file to the file input of the vault that is shown."""
        async with self.page.expect_response(_is_upload) as answer:
            await self.upload_field.set_input_files(file)
        response = await answer.value
        return UploadAnswer(response.status, await _json(response))

    async def rename(self, document_id: str, name: str) -> None:
        """Give a document another name."""
        await self._press(VaultPage.rename_button, document_id)
        await self._name_field.fill(name)
        await _submit(self.rename_dialog, self._rename_submit)

    async def tag(self, document_id: str, tag: str) -> None:
        """Put a tag on a document."""
        await self._press(VaultPage.tag_button, document_id)
        await self._tag_field.fill(tag)
        await _submit(self.tag_dialog, self._tag_submit)

    async def delete(self, document_id: str) -> None:
        """Move a document to the trash."""
        await self._press(VaultPage.delete_button, document_id)
        await _submit(self.delete_dialog, self._delete_submit)

    async def restore(self, document_id: str) -> None:
        """Bring a document back; the trash must be shown."""
        await self._press(VaultPage.restore_button, document_id)

    async def changes(self, document_id: str) -> list[str]:
        """The captions of the changes that a document's line offers; what else it offers changes nothing."""
        row = self.row(document_id)
        offered = (VaultPage.rename_button, VaultPage.tag_button, VaultPage.delete_button)
        counts = {one.label: await one.inside(row, self.target).count() for one in offered}
        return [self.target.label(label) for label, count in counts.items() if count]

    async def search(self, words: str) -> None:
        """Type into the vault's own search box."""
        await self.search_box.fill(words)

    async def _press(self, button: Find, document_id: str) -> None:
        await button.inside(self.row(document_id), self.target).click()


async def _submit(dialog: Locator, button: Locator) -> None:
    await button.click()
    await dialog.wait_for(state="hidden")


def _is_upload(response: Response) -> bool:
    return response.request.method == "POST" and response.url.endswith("/api/v1/documents")


async def _json(response: Response) -> dict[str, Any]:
    """The JSON object of an answer, whatever type it is said to be; {} for any other body."""
    try:
        body = await response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
