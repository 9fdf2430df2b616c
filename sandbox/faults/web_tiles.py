"""Faults of single tiles of the home page: one that leads nowhere, and one that is seen and does nothing."""

from __future__ import annotations

from sandbox.faults.web_change import Change, WebChangeFault

TILES = {
    "chat-with-documents": ("Chat with Documents", "/chat"),
    "compare-documents": ("Compare Documents", "/policy-comparison"),
    "claims": ("Claims", "/claim-coverage"),
    "create-coverage-table": ("Create Coverage Table", "/coverage-checklist"),
    "policy-analysis": ("Policy Analysis", "/single-policy-analysis"),
    "documents-vault": ("Documents Vault", "/documents"),
    "contracts": ("Contracts", "/contracts"),
    "custom-reporting": ("Custom Reporting", "/custom-reporting"),
    "legal-search": ("Legal Search", "/legal-search"),
}
"""By a short name: what stands on the tile, and where it leads."""


def _tile_fault(kind: str, tile: str, title: str, change: Change) -> type[WebChangeFault]:
    attributes = {"id": f"web.home-tile-{kind}-{tile}", "title": title, "changes": (change,)}
    return type(f"Tile_{kind}_{tile}", (WebChangeFault,), {**attributes, "__module__": __name__})


def _nowhere(tile: str) -> type[WebChangeFault]:
    """The page's address is still right; only the tile names another."""
    name, path = TILES[tile]
    title = f"The tile {name} leads to an address that no page has"
    change = Change("tools.js", f'href: "{path}"', f'href: "{path}-2"')
    return _tile_fault("nowhere", tile, title, change)


def _dead(tile: str) -> type[WebChangeFault]:
    """A link with the right address, whose click something swallows."""
    name, _ = TILES[tile]
    title = f"The tile {name} is a link like any other, and a click on it does nothing"
    tiles = "function toolTiles() {\n"
    on_it = f'target.closest("a.tile")?.querySelector(".tile-name").textContent === "{name}"'
    swallow = f"(event) => event.{on_it} && event.preventDefault()"
    change = Change(
        "pages/home.js", tiles, f'{tiles}  document.addEventListener("click", {swallow}, true);\n'
    )
    return _tile_fault("dead", tile, title, change)


# The three that are missing here are broken in ways of their own among the faults of the home page.
FAULTS = (
    *(_nowhere(tile) for tile in TILES if tile != "legal-search"),
    *(_dead(tile) for tile in TILES if tile not in ("claims", "contracts")),
)
