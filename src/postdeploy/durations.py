"""How long each check took, kept by pytest's cache from run to run: the longest start first."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

_KEY = "postdeploy/durations"


def earlier(config: pytest.Config) -> Mapping[str, float]:
    """Node id → seconds, as far as earlier runs in this folder have told."""
    cache = getattr(config, "cache", None)
    took: Mapping[str, float] = cache.get(_KEY, {}) if cache is not None else {}
    return took


def keep(config: pytest.Config, took: Mapping[str, float]) -> None:
    """Add those of this run."""
    cache = getattr(config, "cache", None)
    if cache is not None:
        cache.set(_KEY, {**earlier(config), **took})
