"""The stand-ins of the smaller systems as processes: announced, reachable, gone when told to."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.systems import OTHERS
from selftests.sandbox.system_house import OTHER_TENANT, TENANT, TOKEN
from selftests.sandbox.test_backend_process import Started, refused, started

ORIGINS = {
    "lexiscan": {"control", "api", "secure", "plain", "aws"},
    "balancer": {"control", "api", "aws"},
    "flight-rescheduler": {"control", "api", "status", "aws"},
    "qivr": {"control", "api", "aws"},
}
BEARER = {"Authorization": "Bearer sandbox-stream-token"}


def get(sandbox: Started, origin: str, path: str, **how: Any) -> httpx.Response:
    """An answer of an origin; its certificate must be signed by the announced authority."""
    return httpx.get(sandbox.announced[origin] + path, **trusting(sandbox), **how)


def trusting(sandbox: Started) -> dict[str, Any]:
    authority = sandbox.announced.get("ca_file")
    return {"verify": ssl.create_default_context(cafile=authority)} if authority else {}


def look_at_lexiscan(sandbox: Started) -> None:
    health = get(sandbox, "secure", "/api/health")
    assert health.json() == {"status": "healthy", "version": "1.2.3"}
    assert "max-age=31536000" in health.headers["strict-transport-security"]
    detailed = get(sandbox, "secure", "/api/health/detailed").json()
    assert set(detailed["checks"].values()) == {"healthy"}
    assert get(sandbox, "secure", "/api/ready").json() == {"ready": True}
    moved = get(sandbox, "plain", "/api/health?deep=1")
    assert moved.status_code == 301
    assert moved.headers["location"] == sandbox.announced["secure"] + "/api/health?deep=1"
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(sandbox.announced["secure"] + "/api/health")


def look_at_balancer(sandbox: Started) -> None:
    assert get(sandbox, "api", "/health").json() == {"status": "ok", "version": "1.2.3"}
    deep = get(sandbox, "api", "/health/deep").json()
    assert deep["checks"] == {"database": "ok", "cache": "ok", "queue": "ok"}
    asked = {"query": "{ __typename }"}
    answer = httpx.post(sandbox.announced["api"] + "/graphql", json=asked)
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert get(sandbox, "api", "/graphql").status_code == 405


def look_at_flight_rescheduler(sandbox: Started) -> None:
    assert "All systems operational" in get(sandbox, "status", "/").text
    stream = sandbox.announced["api"] + "/api/notifications/stream"
    assert httpx.get(stream).status_code == 401
    with httpx.stream("GET", stream, headers=BEARER) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert [next(lines) for _ in range(3)] == [": connected", "", "event: heartbeat"]


def look_at_qivr(sandbox: Started) -> None:
    assert get(sandbox, "api", "/health").text == "Healthy"
    asked = {
        200: TOKEN | {"X-Tenant-Id": TENANT},
        403: TOKEN | {"X-Tenant-Id": OTHER_TENANT},
        400: TOKEN,
        401: {"X-Tenant-Id": TENANT, "X-Dev-User": "dev"},
    }
    for status, headers in asked.items():
        assert get(sandbox, "api", "/api/patients", headers=headers).status_code == status
    pages = {"https://clinic.qivr.example": True, "https://elsewhere.invalid": False}
    for page, is_allowed in pages.items():
        told = get(sandbox, "api", "/health", headers={"Origin": page}).headers
        assert told.get("access-control-allow-origin") == (page if is_allowed else None)
        assert told["vary"] == "Origin"


LOOKS = {
    "lexiscan": look_at_lexiscan,
    "balancer": look_at_balancer,
    "flight-rescheduler": look_at_flight_rescheduler,
    "qivr": look_at_qivr,
}


@pytest.mark.parametrize("system", OTHERS)
def test_a_system_answers_where_it_was_announced(system: str) -> None:
    with started("--system", system, "--version", "1.2.3") as sandbox:
        told = httpx.get(sandbox.announced["control"] + "/addresses.json").json()
        assert told == sandbox.announced
        assert (told["system"], told["version"]) == (system, "1.2.3")
        assert {name for name in told if str(told[name]).startswith("http")} == ORIGINS[system]
        LOOKS[system](sandbox)
        assert httpx.get(told["aws"] + "/").status_code < 500
    assert not Path(told.get("ca_file", "/nowhere")).exists()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("lexiscan.tls-expired", "certificate has expired"),
        ("lexiscan.tls-other-host", "IP address mismatch"),
        ("lexiscan.tls-other-authority", "unable to get local issuer certificate"),
    ],
)
def test_a_wrong_certificate_is_shown(fault: str, said: str) -> None:
    with (
        started("--system", "lexiscan", "--fault", fault) as sandbox,
        pytest.raises(httpx.ConnectError, match=said),
    ):
        get(sandbox, "secure", "/api/health")


def test_a_checker_offline_reaches_nothing() -> None:
    with started("--system", "qivr", "--fault", "qivr.checker-offline") as sandbox:
        for origin in ORIGINS["qivr"]:
            with pytest.raises((httpx.ReadError, httpx.ConnectError)):
                get(sandbox, origin, "/")


def test_an_unknown_system_is_refused_with_the_nearest_name() -> None:
    answer = refused("--system", "ballancer")
    assert answer.returncode == 2
    assert "Did you mean 'balancer'" in answer.stderr


def test_a_fault_of_another_system_is_refused() -> None:
    answer = refused("--system", "balancer", "--fault", "balancer.graphql-hmtl")
    assert answer.returncode == 2
    assert "Did you mean 'balancer.graphql-html'" in answer.stderr
    assert refused("--system", "balancer", "--fault", "lexiscan.csp-missing").returncode == 2


def test_only_the_faults_of_the_system_are_listed() -> None:
    lines = refused("--system", "qivr", "--list-faults").stdout.splitlines()
    assert "qivr.cors-star" in {line.split()[0] for line in lines}
    assert all(line.startswith("qivr.") for line in lines)


def test_weather_is_of_qumis_only() -> None:
    answer = refused("--system", "qivr", "--weather")
    assert answer.returncode == 2
    assert "only qumis has weather" in answer.stderr
