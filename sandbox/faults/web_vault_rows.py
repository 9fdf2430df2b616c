"""Faults of the vault's page that show only when something is done with what is listed."""

from __future__ import annotations

from sandbox.faults.web_change import Change, WebChangeFault


class UploadIntoMine(WebChangeFault):
    """An upload that is confirmed, and is elsewhere."""

    id = "web.vault-upload-into-mine"
    title = "What is uploaded under the tab Shared Vault goes into My Vault"
    changes = (
        Change("pages/documents.js", 'body.append("vault", key);', 'body.append("vault", "my");'),
    )


class UploadIntoShared(WebChangeFault):
    """The same the other way round: what was meant for oneself is everybody's."""

    id = "web.vault-upload-into-shared"
    title = "What is uploaded under the tab My Vault goes into the Shared Vault"
    changes = (
        Change(
            "pages/documents.js", 'body.append("vault", key);', 'body.append("vault", "shared");'
        ),
    )


class FoundLeadsBack(WebChangeFault):
    """A link with the right address, and a listener that knows better."""

    id = "web.vault-found-leads-back"
    title = "A document found by the vault's search leads back to the whole list"
    changes = (
        Change(
            "vault-row.js",
            "  const [tags, carrier, uploaded]",
            (
                '  link.addEventListener("click", () => {\n'
                "    const words = document.querySelector(\"main input[type='search']\")?.value;\n"
                '    if (words) link.setAttribute("href", "/documents");\n'
                "  });\n"
                "  const [tags, carrier, uploaded]"
            ),
        ),
    )


class ViewerByLinkEmpty(WebChangeFault):
    """A page that works when it is loaded, and not when it is come to."""

    id = "web.viewer-by-link-empty"
    title = "The viewer shows no pages when it is come to by a link inside the application"
    changes = (
        Change(
            "pages/viewer.js",
            "  if (signal.aborted) return;",
            '  if (signal.aborted || performance.getEntriesByType("navigation")[0]?.name !== location.href) return;',
        ),
    )


class UploadsTwice(WebChangeFault):
    """A listener that was added twice."""

    id = "web.vault-uploads-twice"
    title = "What is uploaded once in the page is sent twice, and makes two documents"
    changes = (
        Change(
            "pages/documents.js", "of files) await upload", "of [...files, ...files]) await upload"
        ),
    )


class UploadAlarms(WebChangeFault):
    """A page that says no, and an API that said yes."""

    id = "web.vault-upload-alarms"
    title = "An upload is taken in, and the page says that it could not be"
    changes = (
        Change(
            "pages/documents.js",
            "      toast(`Uploaded ${made.name}`);",
            "      problems.append(alertBox(`${made.name} could not be uploaded.`));",
        ),
    )
