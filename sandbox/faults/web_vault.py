"""Faults of the vault and of the document viewer as the pages show them."""

from __future__ import annotations

from typing import ClassVar

from sandbox.faults.web_change import Change, WebChangeFault


class VaultUploadMissing(WebChangeFault):
    id: ClassVar[str] = "web.vault-upload-missing"
    title: ClassVar[str] = "The Documents page has no field to upload with"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/documents.js",
            'h("div", { class: "upload" }, input, label)',
            'h("div", { class: "upload" })',
        ),
    )


class VaultUploadPretended(WebChangeFault):
    id: ClassVar[str] = "web.vault-upload-pretended"
    title: ClassVar[str] = "The Documents page says Uploaded but sends nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/documents.js",
            'await call("documents", { method: "POST", body })',
            "{ name: file.name }",
        ),
    )


class VaultSharedTabDead(WebChangeFault):
    id: ClassVar[str] = "web.vault-shared-tab-dead"
    title: ClassVar[str] = "The tab Shared Vault does nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "tabs.js",
            "onClick: () => choose(key)",
            'onClick: () => key === "shared" || choose(key)',
        ),
    )


class VaultSharedShowsMine(WebChangeFault):
    id: ClassVar[str] = "web.vault-shared-shows-mine"
    title: ClassVar[str] = "The tab Shared Vault lists My Vault"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/documents.js",
            "documents?vault=${vault.key}",
            'documents?vault=${vault.key === "trash" ? "trash" : "my"}',
        ),
    )


class VaultListLacksNewest(WebChangeFault):
    id: ClassVar[str] = "web.vault-list-lacks-newest"
    title: ClassVar[str] = "The vault does not list the newest document"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/documents.js",
            "const { documents: found } = await call(path(), { signal });",
            "const found = lackingNewest((await call(path(), { signal })).documents);",
        ),
        Change(
            "pages/documents.js",
            "function vaultIn(query) {",
            (
                "const lackingNewest = (all) => {\n"
                "  const newest = all.map((one) => one.uploaded_at).sort().at(-1);\n"
                "  return all.filter((one) => one.uploaded_at !== newest);\n"
                "};\n"
                "\n"
                "function vaultIn(query) {"
            ),
        ),
    )


class VaultStatusStuck(WebChangeFault):
    id: ClassVar[str] = "web.vault-status-stuck"
    title: ClassVar[str] = "A document's status stays Processing on the screen"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("vault-row.js", "setText(badge, document.status)", 'setText(badge, "Processing")'),
    )


class VaultSearchDead(WebChangeFault):
    id: ClassVar[str] = "web.vault-search-dead"
    title: ClassVar[str] = "The vault's search field does nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/documents.js", 'search.control.addEventListener("input", handle(reload));', ""
        ),
    )


class VaultRenamePretended(WebChangeFault):
    id: ClassVar[str] = "web.vault-rename-pretended"
    title: ClassVar[str] = "The vault says Renamed but the name stays"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("vault-actions.js", "await change(document, { name });", ""),
    )


class VaultTagPretended(WebChangeFault):
    id: ClassVar[str] = "web.vault-tag-pretended"
    title: ClassVar[str] = "The vault says Tag added but adds none"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("vault-actions.js", "await change(document, { add_tag });", ""),
    )


class VaultDeletePretended(WebChangeFault):
    id: ClassVar[str] = "web.vault-delete-pretended"
    title: ClassVar[str] = "The vault says Deleted but the document stays"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "vault-actions.js", 'await call(`documents/${document.id}`, { method: "DELETE" });', ""
        ),
    )


class VaultRestorePretended(WebChangeFault):
    id: ClassVar[str] = "web.vault-restore-pretended"
    title: ClassVar[str] = "The trash says Restored but restores nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "vault-actions.js",
            'await call(`documents/${document.id}/restore`, { method: "POST" });',
            "",
        ),
    )


class ViewerWithoutText(WebChangeFault):
    id: ClassVar[str] = "web.viewer-without-text"
    title: ClassVar[str] = "The viewer shows a page's image but no text"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/viewer.js", '    h("div", { class: "page-text" }, text),\n', ""),
    )


class ViewerWithoutPages(WebChangeFault):
    id: ClassVar[str] = "web.viewer-without-pages"
    title: ClassVar[str] = "The viewer shows no page of the document"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/viewer.js",
            "container.append(...pages.map((page) => figureOf(page, path, document)));",
            "",
        ),
    )


class ViewerOtherDocument(WebChangeFault):
    id: ClassVar[str] = "web.viewer-other-document"
    title: ClassVar[str] = "The viewer shows another document's pages under the right name"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/viewer.js", "call(`${path}/pages`, { signal })", "otherPages(document, signal)"
        ),
        Change(
            "pages/viewer.js",
            "function figureOf(",
            (
                "async function otherPages(document, signal) {\n"
                '  const { documents } = await call("documents", { signal });\n'
                "  const other = documents.find(({ id, status }) => id !== "
                'document.id && status === "Ready");\n'
                "  return other ? call(`documents/${other.id}/pages`, { signal "
                "}) : { pages: [] };\n"
                "}\n"
                "\n"
                "function figureOf("
            ),
        ),
    )


class ViewerDownloadDead(WebChangeFault):
    id: ClassVar[str] = "web.viewer-download-dead"
    title: ClassVar[str] = "The viewer's Download leads nowhere"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/viewer.js", "href: apiUrl(`${path}/content`), download: true", 'href: "#"'),
    )
