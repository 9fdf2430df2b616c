"""Which browser a run is asked to use: pytest-playwright's options, and our own."""

from __future__ import annotations

import pytest

from postdeploy.browser_endpoint import BrowserEndpoint, read_endpoint
from postdeploy.errors import Problem
from postdeploy.launching import BrowserOptions
from postdeploy.settings import Options


def browser_options(config: pytest.Config, options: Options) -> BrowserOptions:
    """pytest-playwright's options and our own, as the browser takes them."""
    return BrowserOptions(
        headed=bool(config.getoption("--headed", False)),
        slow_mo=float(config.getoption("--slowmo", 0) or 0),
        tracing=str(config.getoption("--tracing", "off")),
        video=str(config.getoption("--video", "off")),
        at_once=int(config.getoption("--at-once") or options.at_once),
        endpoint=chosen_endpoint(config, options),
    )


def chosen_endpoint(config: pytest.Config, options: Options) -> BrowserEndpoint | None:
    """Where browsers run elsewhere; None where they run here. Raises ConfigError."""
    told = options.browser_endpoint.get_secret_value()
    return read_endpoint(config.getoption("--browser-endpoint") or "", told)


def unguarded(config: pytest.Config) -> list[Problem]:
    """Browsers whose requests cannot be judged before they leave: refused, and not merely watched."""
    kinds = config.getoption("--browser", None) or ()
    return [
        Problem(
            f"--browser {kind}",
            "what its pages send cannot be held back, so nothing is sent by it",
            "Leave the option out: the checks run in Chromium",
        )
        for kind in kinds
        if kind != "chromium"
    ]
