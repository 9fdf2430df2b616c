"""A rough world around a product that is right: slowness, lost answers, late indexes, wrong clocks."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from sandbox.clock import CLOCK
from sandbox.weather.balancer import Balancer, Tally
from sandbox.weather.lateness import Held, delay_index, latency
from sandbox.weather.page import disturb_pages, slow_third_party

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from sandbox.world import World

BALANCED = ("app", "api")
SKEW_SECONDS = 20


class Weather:
    """Every disturbance, drawn from `seed`: the same one gives each origin the same sequence."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.tally = Tally(self.say)
        self._draws: dict[str, Random] = {}

    def draws(self, of: str) -> Random:
        """What one kind of disturbance at one place is drawn from, apart from all others."""
        if of not in self._draws:
            self._draws[of] = Random(f"{self.seed}/{of}")
        return self._draws[of]

    @property
    def skew(self) -> timedelta:
        """How far the product's clocks are ahead, or behind where it is negative."""
        sign = Random(f"{self.seed}/clock").choice((1, -1))
        return timedelta(seconds=sign * SKEW_SECONDS)

    def come_over(self, world: World) -> None:
        """Disturb a world before it is served, and the clock of this process."""
        world.weather = self
        CLOCK.skew = self.skew
        delay_index(world)
        disturb_pages(world)
        slow_third_party(world, self.draws("third party"))
        aws = self.draws("latency aws")
        world.aws.gate.latency = lambda: latency(aws)
        self.say(f"seed {self.seed}, clocks {self.skew.total_seconds():+.0f} s")

    def over(self, applications: dict[str, ASGIApp]) -> dict[str, ASGIApp]:
        """The applications by origin as they are reached in this weather; control stays as it is."""
        return {
            name: app if name == "control" else self._reached(name, app)
            for name, app in applications.items()
        }

    def _reached(self, origin: str, app: ASGIApp) -> ASGIApp:
        if origin in BALANCED:
            app = Balancer(app, origin, self.draws(f"balancer {origin}"), self.tally)
        return Held(app, self.draws(f"latency {origin}"))

    def page_config(self) -> dict[str, int]:
        """What the next page that is served is told: a seed of its own."""
        return {"weather": self.draws("pages").getrandbits(32)}

    def end(self) -> None:
        """Tell how many requests there were of each kind, and how many of them were lost."""
        self.say(json.dumps(self.tally.told()))

    @staticmethod
    def say(text: str) -> None:
        """Write a line to stderr, as soon as it happens."""
        print(f"weather: {text}", file=sys.stderr, flush=True)
