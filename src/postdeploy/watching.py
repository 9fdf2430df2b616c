"""What a person sees of a run while it goes on: the plugins that show it, for this command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postdeploy.calm import Calm, is_calm
from postdeploy.progress import Workers

if TYPE_CHECKING:
    from postdeploy.session import Session


def watching(config: pytest.Config, session: Session) -> list[object]:
    """On a worker of xdist nobody watches."""
    if not session.controls:
        return []
    plugins: list[object] = [session.live]
    if is_calm(config):
        plugins.append(Calm(config, (*session.header(), *session.telling.lines)))
    if config.getoption("dist", "no") != "no":
        plugins.append(Workers(session.live.show))
    return plugins
