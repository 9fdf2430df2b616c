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


@pytest.fixture(scope="session")
def usual_runs(make: Make) -> dict[tuple[str, str], Finished]:
    """A run in which every check ends in another way, and one in which nothing is wrong, each with
    and without workers; all are started together.
    """
    started = {}
    for workers in ("0", "2"):
        project = make(host="down", **MIXED)
        process = project.start("-n", workers, "--bound", "check_seconds=4")
        started["mixed", workers] = (project, process)
        project = make()
        started["healthy", workers] = (project, project.start("-n", workers))
    return {name: project.end(process) for name, (project, process) in started.items()}


with_and_without_workers = pytest.fixture(
    scope="session", params=["0", "2"], ids=["alone", "two-workers"]
)


@with_and_without_workers
def mixed(request: pytest.FixtureRequest, usual_runs: dict[tuple[str, str], Finished]) -> Finished:
    """The run in which every check ends in another way."""
    return usual_runs["mixed", request.param]


@with_and_without_workers
def healthy(
    request: pytest.FixtureRequest, usual_runs: dict[tuple[str, str], Finished]
) -> Finished:
    """The run in which nothing is wrong."""
    return usual_runs["healthy", request.param]
