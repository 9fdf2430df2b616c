"""A run on a machine whose resolver or proxy lets nothing through is blocked, and says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.product import Products
from selftests.plugin.project import Finished, Project
from selftests.unit.proxying import proxy

_RESOLVER = """
import socket
whole = socket.getaddrinfo
def getaddrinfo(host, *rest, **more):
    if "127.0.0.1" in str(host):
        return whole(host, *rest, **more)
    raise socket.gaierror({error}, "no such luck")
socket.getaddrinfo = getaddrinfo
"""
_NAMED = "http://demo.test"
"""A product and a control address that have names, and that only the proxy finds."""


def named(project: Project, address: str) -> Project:
    """The project with names in the place of the product's address."""
    path = project.root / "targets" / "demo.toml"
    path.write_text(path.read_text().replace(address, _NAMED))
    return project


@pytest.fixture(scope="module")
def runs(make: Make, products: Products) -> Iterator[Mapping[str, Future[Finished]]]:
    """All of them, two at a time."""
    projects = {
        name: named(make(), products.url)
        for name in ("no resolver", "no names", "passes", "login", "refuses", "dead")
    }
    for name, error in (("no resolver", "socket.EAI_AGAIN"), ("no names", "socket.EAI_NONAME")):
        (projects[name].root / "conftest.py").write_text(_RESOLVER.format(error=error))
    with ExitStack() as stack:
        for mood in ("passes", "login", "refuses"):
            made = stack.enter_context(proxy(mood, products.url))
            projects[mood].environment["HTTP_PROXY"] = made.url
        projects["dead"].environment["HTTP_PROXY"] = "http://runner:pass-word-1@127.0.0.1:9"
        with ThreadPoolExecutor(2) as threads:
            yield {name: threads.submit(project.run) for name, project in projects.items()}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no resolver", "the DNS of this machine gives no answer about demo.test"),
        ("no names", "the DNS of this machine finds neither demo.test nor demo.test"),
        ("login", "wants a login (407). Mend HTTP_PROXY, HTTPS_PROXY or NO_PROXY"),
        ("refuses", "does not reach demo.test (502). Mend HTTP_PROXY"),
        ("dead", "the proxy http://127.0.0.1:9 cannot be reached"),
    ],
)
def test_what_keeps_the_machine_from_looking_blocks_with_a_sentence(
    runs: Mapping[str, Future[Finished]], name: str, told: str
) -> None:
    run = runs[name].result()
    assert (run.code, run.record["verdict"]) == (30, "BLOCKED")
    assert told in run.items["right"]["note"]
    assert set(run.outcomes.values()) <= {"blocked", "not applicable"}


def test_a_proxy_that_lets_it_through_changes_nothing(
    runs: Mapping[str, Future[Finished]],
) -> None:
    run = runs["passes"].result()
    assert (run.code, run.record["verdict"]) == (0, "GO")


def test_the_login_of_a_proxy_is_in_no_file_of_the_run(
    runs: Mapping[str, Future[Finished]],
) -> None:
    run = runs["dead"].result()
    files = [path for path in run.folder.resolve().rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"pass-word-1" in path.read_bytes()]
    assert "pass-word-1" not in run.out
