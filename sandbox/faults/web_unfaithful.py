"""Faults of pages that hold the right things and do not show them."""

from __future__ import annotations

from sandbox.faults.web_change import Change, WebChangeFault


class ViewerPagesWhite(WebChangeFault):
    """Pictures that arrive whole, and are drawn in white."""

    id = "web.viewer-pages-white"
    title = "The viewer's pictures of pages load and are shown white"
    changes = (
        Change(
            "pages/viewer.js",
            "${number}.png`), alt:",
            '${number}.png`), style: "filter: brightness(0) invert(1)", alt:',
        ),
    )


class KeptChatUncited(WebChangeFault):
    """A chat that is kept with less than it held."""

    id = "web.kept-chat-uncited"
    title = "A chat that was kept is shown without its citations"
    changes = (
        Change(
            "conversation.js",
            "message.finish({ text, citations, links })",
            "message.finish({ text, links })",
        ),
    )


class ViewerPicturesSwapped(WebChangeFault):
    """A count that begins at another number in one place than in the other."""

    id = "web.viewer-pictures-swapped"
    title = "The viewer shows over the text of each page the picture of its neighbour"
    changes = (Change("pages/viewer.js", "${number}.png", "${(number % 2) + 1}.png"),)
