"""What a browser that runs elsewhere did not see may be trouble of that place, and none of the product's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postdeploy.probes.http import online

if TYPE_CHECKING:
    from postdeploy.flow import Flow

_NAVIGATING = re.compile(r'navigating to "(https?://[^"]+)"')
_MEND = "Look at the network of the place where it runs"


async def other_places_trouble(flow: Flow, told: str, asked: str = "") -> str:
    """Why what an error tells says nothing of the product, or "".

    `asked` is an address to which the browser found no way. A page that was asked for and sent nothing
    counts as one where this machine has an answer from there.
    """
    endpoint = flow.run.browser.options.endpoint
    if endpoint is None or not flow.contexts:
        return ""
    if not await flow.run.browser.answers():
        return f"the browser at {endpoint.shown} no longer answers. Look whether it still runs"
    waited = None if asked or _has_arrived(flow) else _NAVIGATING.search(told)
    address = asked or (waited[1] if waited else "")
    if address and await online(flow.run.http_client(), (address,)):
        place = address.partition("?")[0]
        return f"the browser at {endpoint.shown} had no answer from {place}, while this machine has. {_MEND}"
    return ""


def _has_arrived(flow: Flow) -> bool:
    """Whether any page of the flow shows something: then the product is reached from there."""
    pages = [page for context in flow.contexts for page in context.pages]
    return any(page.url.startswith("http") for page in pages)
