"""The vaults at `/documents`: what is listed, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from postdeploy.pages.qumis.shell import Shell

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page, Response

    from postdeploy.target import Target

Vault = Literal["my", "shared", "trash"]
_TABS: dict[Vault, str] = {"my": "My Vault", "shared": "Shared Vault", "trash": "Trash"}

# One reading of the whole table: row by row, it would change between two questions.
_ROWS = """table => {
  const partsOf = cell => cell.children.length
    ? [...cell.children].map(part => part.innerText.trim())
    : [cell.innerText.trim()].filter(Boolean);
  const heads = [...table.querySelectorAll('thead th')].map(cell => cell.innerText.trim());
  return [...table.querySelectorAll('tbody tr')].map(row => ({
    href: row.querySelector('a[href]')?.getAttribute('href') ?? '',
    cells: Object.fromEntries([...row.cells].map((cell, n) => [heads[n], partsOf(cell)])),
  }));
}"""


@dataclass(frozen=True)
class Row:
    """A line of the table; `id` is that of the document which its name leads to."""

    id: str
    name: str
    tags: tuple[str, ...]
    carrier: str
    status: str


@dataclass(frozen=True)
class UploadAnswer:
    """What the API answered to an upload made in the page."""

    status: int
    body: dict[str, Any]


class VaultPage(Shell):
    """`/documents`."""

    def __init__(self, page: Page, target: Target) -> None:
        super().__init__(page, target)
        label = target.label
        self.table = page.get_by_role("table", name=label("vault.table", "Documents"), exact=True)
        self.search_box = page.get_by_role(
            "searchbox", name=label("vault.search", "Search the vault"), exact=True
        )
        self.toasts = page.get_by_role("status")

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
        name = self.target.label(f"vault.tab.{vault}", _TABS[vault])
        return self.page.get_by_role("tab", name=name, exact=True)

    async def choose(self, vault: Vault) -> None:
        """Choose a vault by its tab; the list changes a moment later."""
        await self.tab(vault).click()

    async def chosen(self) -> str:
        """The caption of the tab that is selected now, or ""."""
        tabs = self.page.get_by_role("tab", selected=True)
        return " ".join(await tabs.all_inner_texts())

    async def rows(self) -> list[Row]:
        """What the table shows now, top to bottom."""
        return [_row(raw) for raw in await self.table.evaluate(_ROWS)]

    async def entry(self, document_id: str) -> Row | None:
        """What the table shows now of one document; None when it is not listed."""
        return next((row for row in await self.rows() if row.id == document_id), None)

    def row(self, document_id: str) -> Locator:
        """The line of one document."""
        link = self.page.locator(f'a[href$="/documents/{document_id}"]')
        return self.table.get_by_role("row").filter(has=link)

    def link(self, document_id: str) -> Locator:
        """The name of one document, which leads to the viewer."""
        return self.row(document_id).get_by_role("link")

    async def upload(self, file: Path) -> UploadAnswer:
        """Give a file to the file input of the vault that is shown."""
        field = self.page.get_by_label(self.target.label("documents.upload", "Upload PDF"))
        async with self.page.expect_response(_is_upload) as answer:
            await field.set_input_files(file)
        response = await answer.value
        return UploadAnswer(response.status, await _json(response))

    async def rename(self, document_id: str, name: str) -> None:
        """Give a document another name."""
        await self._act(document_id, "vault.rename", "Rename")
        await self._dialog("vault.rename-title", "Rename document", "Save", ("Name", name))

    async def tag(self, document_id: str, tag: str) -> None:
        """Put a tag on a document."""
        await self._act(document_id, "vault.tag", "Tag")
        await self._dialog("vault.tag-title", "Tag document", "Add tag", ("Tag", tag))

    async def delete(self, document_id: str) -> None:
        """Move a document to the trash."""
        await self._act(document_id, "vault.delete", "Delete")
        await self._dialog("vault.delete-title", "Delete document?", "Delete")

    async def restore(self, document_id: str) -> None:
        """Bring a document back; the trash must be shown."""
        await self._act(document_id, "vault.restore", "Restore")

    async def search(self, words: str) -> None:
        """Type into the vault's own search box."""
        await self.search_box.fill(words)

    async def _act(self, document_id: str, key: str, caption: str) -> None:
        name = self.target.label(key, caption)
        await self.row(document_id).get_by_role("button", name=name, exact=True).click()

    async def _dialog(
        self, key: str, title: str, submit: str, field: tuple[str, str] | None = None
    ) -> None:
        dialog = self.page.get_by_role("dialog", name=self.target.label(key, title), exact=True)
        if field is not None:
            label, value = field
            await dialog.get_by_role("textbox", name=label, exact=True).fill(value)
        await dialog.get_by_role("button", name=submit, exact=True).click()
        await dialog.wait_for(state="hidden")


def _row(raw: dict[str, Any]) -> Row:
    cells: dict[str, list[str]] = raw["cells"]
    return Row(
        id=str(raw["href"]).rpartition("/")[2],
        name=" ".join(cells.get("Name", ())),
        tags=tuple(cells.get("Tags", ())),
        carrier=" ".join(cells.get("Carrier", ())),
        status=" ".join(cells.get("Status", ())),
    )


def _is_upload(response: Response) -> bool:
    return response.request.method == "POST" and response.url.endswith("/api/v1/documents")


async def _json(response: Response) -> dict[str, Any]:
    if "json" not in response.headers.get("content-type", ""):
        return {}
    body = await response.json()
    return body if isinstance(body, dict) else {}
