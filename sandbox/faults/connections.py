"""Faults of addresses at which nothing listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class LlmRefusesConnections(Fault):
    """A service that was not started, or a security group without its rule."""

    id = "health.llm-refuses-connections"
    title = "Nothing listens at the address of the LLM service"

    def apply(self, world: World) -> None:
        world.network.closed.add("llm")
