"""Host names in a target file that do not exist."""

from __future__ import annotations

from typing import Any

import pytest

from postdeploy import addresses
from postdeploy.target import Environment, Target


def target(**environment: Any) -> Target:
    return Target(
        system="demo",
        title="Demo",
        name="qa",
        file="targets/demo.toml",
        environment=Environment(**environment),
    )


def only_resolves(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    def getaddrinfo(host: str, port: object) -> list[object]:
        if host not in hosts:
            raise OSError(f"{host} {port}")
        return []

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)


def test_a_host_that_does_not_resolve_is_told_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    only_resolves(monkeypatch, "127.0.0.1")
    urls = {"app": "http://127.0.0.1:1", "api": "https://api.nosuch.invalid"}
    [problem] = addresses.unknown_hosts(target(urls=urls))
    assert "urls.api" in problem.what
    assert "'api.nosuch.invalid'" in problem.what
    assert "targets/demo.toml" in problem.where


def test_an_endpoint_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    only_resolves(monkeypatch, "127.0.0.1")
    endpoints = {"api": {"url": "https://nosuch.invalid/health"}}
    found = addresses.unknown_hosts(target(endpoints=endpoints, control=["http://127.0.0.1:1/"]))
    assert [problem.what.split(":")[0] for problem in found] == ["endpoints.api.url"]


def test_whatever_a_run_asks_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    only_resolves(monkeypatch, "127.0.0.1")
    url = "https://nosuch.invalid/x"
    tables = {
        "security": {"a": {"url": url}},
        "tls": {"a": {"url": url}},
        "guards": {"a": {"url": url, "refusals": {"none": {}}}},
        "streams": {"a": {"url": url, "bearer": "TOKEN"}},
        "cors": {"a": {"url": url, "origins": ["https://app.invalid"]}},
    }
    found = addresses.unknown_hosts(target(control=["http://127.0.0.1:1/"], **tables))
    assert [problem.what.split(":")[0] for problem in found] == [f"{one}.a.url" for one in tables]


def test_a_runner_without_network_is_no_mistake_in_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only_resolves(monkeypatch)
    assert addresses.unknown_hosts(target(urls={"app": "https://app.nosuch.invalid"})) == []


def test_nothing_is_told_where_all_hosts_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    only_resolves(monkeypatch, "127.0.0.1", "app.nosuch.invalid")
    assert addresses.unknown_hosts(target(urls={"app": "https://app.nosuch.invalid"})) == []
