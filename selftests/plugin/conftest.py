"""Projects for the tests of the plugin; the runs that many tests look at are made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from selftests.plugin.product import Product, Products, closed_port
from selftests.plugin.project import Finished, Project

Make = Callable[..., Project]

MIXED = {
    "roll": "wrong",
    "warn": "wrong",
    "seen": "wrong",
    "flaky": "once",
    "broken": "wrong",
    "door": "wrong",
    "quick": "hang",
    "secret": "wrong",
}
"""The product of the run in which every check ends in another way."""


@pytest.fixture(scope="session")
def products() -> Iterator[Products]:
    """The server of all products."""
    served = Products()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def make(products: Products, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes a project whose product answers as told; `host` and `control` are up unless named."""

    def make_project(*, host: str = "up", control: str = "up", **states: str) -> Project:
        name = f"p{len(products.products)}"
        product = products.products[name] = Product(states)
        url = f"{products.url}/{name}"
        addresses = {
            "api": url,
            "host": url if host == "up" else closed_port(),
            "control": url if control == "up" else closed_port(),
        }
        return Project.copy(tmp_path_factory.mktemp(name) / "demo", product, addresses)

    return make_project


@pytest.fixture(scope="session", params=["0", "2"], ids=["alone", "two-workers"])
def mixed(request: pytest.FixtureRequest, make: Make) -> Finished:
    """A run in which every check ends in another way."""
    project = make(host="down", **MIXED)
    return project.run("-n", str(request.param), "--bound", "check_seconds=3")


@pytest.fixture(scope="session", params=["0", "2"], ids=["alone", "two-workers"])
def healthy(request: pytest.FixtureRequest, make: Make) -> Finished:
    """A run in which nothing is wrong."""
    return make().run("-n", str(request.param))
