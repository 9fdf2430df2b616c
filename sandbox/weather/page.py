"""What disturbs the pages: notices over them, lists that are built anew, a script that comes late."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from random import Random

    from starlette.requests import Request

    from sandbox.world import World

_SCRIPT = Path(__file__).with_name("page.js")
_TAG_PATH = "/tags/tag.js"
_TAG = 'window.tags = [...(window.tags ?? []), "page"];\n'
SLOWEST_TAG = (2.0, 5.0)
"""Seconds until the third party's script comes."""
_RECONCILE = "function reconcile(body, rows, found, actions) {\n"
# A row has listeners, so that it cannot be copied as it stands; the page has to make it again.
_REDRAW = """  body.redraw = () => {
    if (!body.children.length) return;
    rows.clear();
    body.replaceChildren();
    reconcile(body, rows, found, actions);
  };
"""


def disturb_pages(world: World) -> None:
    """Put the script that disturbs, and that of a third party, into every page."""
    # Within the page, so that it is no further request that a balancer could lose.
    disturbing = f"<script>\n{_SCRIPT.read_text(encoding='utf-8')}</script>".replace("$", "$$")
    tag = f'<script async src="{world.addresses["integrations"]}{_TAG_PATH}"></script>'
    world.web.replace("shell.html", "</head>", f"  {tag}\n{disturbing}\n</head>")
    world.web.replace("pages/documents.js", _RECONCILE, _RECONCILE + _REDRAW)


def slow_third_party(world: World, draws: Random) -> None:
    """Serve the third party's script, late."""

    async def tag(request: Request) -> Response | None:
        if request.url.path != _TAG_PATH:
            return None
        await asyncio.sleep(draws.uniform(*SLOWEST_TAG))
        headers = {"Cache-Control": "no-cache"}
        return Response(_TAG, media_type="text/javascript", headers=headers)

    world.interceptors.add("integrations", tag)
