"""Pages that are right, and differ from the sandbox's own: what no check may take for a fault."""

from __future__ import annotations

from sandbox.faults.web_change import Change, WebChangeFault


class ShownOtherwise(WebChangeFault):
    """Links that say where they come from, a greeting with a mark, badges at tile and name, a chat with an address."""

    id = "web.shown-otherwise"
    title = "Links carry a query, the greeting, a tile and a document's line say more than their words: which is right"
    changes = (
        Change("pages/home.js", "${view.me.first_name}`)", "${view.me.first_name}!`)"),
        Change(
            "pages/home.js",
            '      h("span", { id: nameId, class: "tile-name" }, name),',
            '      name === "Claims" ? h("p", { class: "badge" }, "New") : null,\n'
            '      h("span", { id: nameId, class: "tile-name" }, name),',
        ),
        Change(
            "pages/home.js",
            "tools.map(tile)",
            '[h("li", {}, h("a", { href: "#all", "aria-label": "All tools" })), ...tools.map(tile)]',
        ),
        Change("vault-row.js", "`/documents/${first.id}`", "`/documents/${first.id}?from=list`"),
        Change(
            "vault-row.js",
            'h("td", { class: "doc-name" }, link)',
            'h("td", { class: "doc-name" }, link, h("span", { class: "badge" }, "New"))',
        ),
        Change(
            "pages/search.js", "href: `/documents/${id}`", "href: `/documents/${id}?from=search`"
        ),
        Change(
            "pages/chat.js",
            "export default async function chat(view) {",
            "export default async function chat(view) {\n"
            '  if (location.pathname === "/chat") view.rename("/chat/new", { replace: true });',
        ),
    )
