"""The checks of redirects, headers, guards, origins, streams and certificates fail for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from postdeploy.engine import Engine
from postdeploy.settings import Settings
from postdeploy.target import Bounds, Environment
from postdeploy.ticket import Ticket
from selftests.unit.certificates import Authority, shaking_hands
from selftests.unit.clinic import ORIGIN, TENANT, TOKEN, clinic
from selftests.unit.small_runs import Body, make_run, ticket
from tests.smoke import test_security as security
from tests.smoke import test_streams as streams

NOWHERE = "http://127.0.0.1:9"


def environment(url: str, control: str) -> Environment:
    refusals = {
        "another-tenant": {"headers": {"X-Tenant-Id": "theirs"}, "status": [403]},
        "no-tenant": {"without": ["X-Tenant-Id"], "status": [400]},
        "no-token": {"bearer": "", "status": [401]},
    }
    headers = {"X-Frame-Options": "^DENY$", "Strict-Transport-Security": r"max-age=\d{8}"}
    return Environment.model_validate(
        {
            "control": [control],
            "bounds": Bounds(check_seconds=20, page_seconds=2),
            "secrets": ["TOKEN"],
            "security": {
                "one": {
                    "url": f"{url}/moved",
                    "status": 301,
                    "redirects_to": f"{url}/headers",
                },
                "two": {"url": f"{url}/headers", "response_headers": headers},
            },
            "guards": {
                "one": {
                    "url": f"{url}/records",
                    "also": [f"{url}/visits"],
                    "bearer": "TOKEN",
                    "headers": {"X-Tenant-Id": TENANT},
                    "refusals": refusals,
                }
            },
            "streams": {"one": {"url": f"{url}/stream", "bearer": "TOKEN", "seconds": 2}},
            "cors": {
                "one": {
                    "url": f"{url}/records",
                    "origins": [ORIGIN],
                    "headers": ["X-Tenant-Id"],
                }
            },
        }
    )


CHECKS: dict[str, tuple[Body, str]] = {
    "redirect": (security.test_answer_is_secured, "security.one"),
    "headers": (security.test_answer_is_secured, "security.two"),
    "guard": (security.test_only_the_right_request_gets_through, "guard.one"),
    "cors": (security.test_only_declared_origins_may_call, "cors.one"),
    "stream": (streams.test_stream_opens_with_a_token_alone, "stream.one"),
}


def answered(folder: Path, what: Environment, check: Body, item: str) -> dict[str, Any]:
    """How the check answered its item at its first attempt."""
    run = make_run(folder, what)
    run.facts = replace(run.facts, retry=False)
    run.settings = Settings({}, {"TOKEN": SecretStr(TOKEN)})
    engine = Engine(lambda: run)
    made = ticket(check, item)
    try:
        engine.start([Ticket(**{**vars(made), "params": {"name": item.split(".")[1]}})])
        return engine.wait(made.id).last()[item]
    finally:
        engine.stop()


def seen(folder: Path, kind: str, wrong: str = "") -> dict[str, Any]:
    check, item = CHECKS[kind]
    with clinic(wrong) as server:
        return answered(folder, environment(server.url, f"{server.url}/headers"), check, item)


@pytest.mark.parametrize("kind", CHECKS)
def test_what_is_right_passes(tmp_path: Path, kind: str) -> None:
    entry = seen(tmp_path, kind)
    assert (entry["outcome"], entry["note"]) == ("passed", "")


@pytest.mark.parametrize(
    ("kind", "wrong", "told"),
    [
        ("redirect", "no redirect", "status 200, expected 301"),
        ("redirect", "redirect elsewhere", "/elsewhere"),
        ("headers", "no headers", "header X-Frame-Options is ''"),
        ("headers", "short hsts", "max-age=1"),
        ("guard", "refuses everybody", "guards nothing"),
        ("guard", "open without token", "no-token is answered 200"),
        ("guard", "open to other tenants", "another-tenant is answered 200"),
        ("guard", "breaks on strangers", "no-token is answered 500, expected 401"),
        ("guard", "open at times", "another-tenant is answered 200 and 403, expected 403"),
        ("guard", "open elsewhere", "/visits another-tenant is answered 200, expected 403"),
        ("cors", "any origin", "lets in *"),
        ("cors", "echoes strangers", "elsewhere.invalid lets in https://elsewhere.invalid"),
        ("cors", "lets null in", "from null lets in null"),
        ("cors", "compares beginnings", f"lets in {ORIGIN}.elsewhere.invalid"),
        ("cors", "compares endings", "lets in https://elsewhere-app.clinic.example"),
        ("cors", "forgets encryption", "lets in http://app.clinic.example"),
        ("cors", "lets nobody in", "lets in nobody"),
        ("cors", "silent in answers", f"a GET from {ORIGIN} lets in nobody"),
        ("cors", "no preflight", "is answered 405"),
        ("cors", "header not allowed", "does not allow the header x-tenant-id"),
        ("stream", "silent stream", "opened and sent nothing in 2 s"),
        ("stream", "stream ends", "it ended without a byte"),
        ("stream", "stream breaks off", "it ended after ': connected"),
        ("stream", "stream of no events", 'is no event: \'{"error"'),
        ("stream", "stream of errors", "it sends an error"),
        ("stream", "stream of html", "content type 'text/html'"),
        ("stream", "open stream", "without a token it is answered [200"),
        ("stream", "stream for any token", "that nobody issued it is answered [200"),
    ],
)
def test_what_is_wrong_fails_and_says_so(tmp_path: Path, kind: str, wrong: str, told: str) -> None:
    entry = seen(tmp_path, kind, wrong)
    assert entry["outcome"] == "failed", entry["note"]
    assert told in entry["note"]


def test_a_server_that_names_its_one_origin_to_everybody_lets_no_stranger_in(
    tmp_path: Path,
) -> None:
    assert seen(tmp_path, "cors", "names one origin")["outcome"] == "passed"


def test_no_token_is_told(tmp_path: Path) -> None:
    told = str(seen(tmp_path, "guard", "open without token")) + str(seen(tmp_path, "stream"))
    assert TOKEN not in told
    assert TOKEN not in (tmp_path / "journal.jsonl").read_text()


@pytest.mark.parametrize("kind", CHECKS)
@pytest.mark.parametrize(("network", "outcome"), [("up", "failed"), ("down", "blocked")])
def test_a_host_that_is_not_there_fails_and_a_runner_offline_is_blocked(
    tmp_path: Path, kind: str, network: str, outcome: str
) -> None:
    check, item = CHECKS[kind]
    with clinic() as server:
        control = f"{server.url}/headers" if network == "up" else NOWHERE
        entry = answered(tmp_path, environment(NOWHERE, control), check, item)
    assert entry["outcome"] == outcome, entry["note"]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make()


@pytest.fixture
def network() -> Iterator[str]:
    """A control address that answers."""
    with clinic() as server:
        yield f"{server.url}/headers"


def certified(folder: Path, authority: Authority, control: str, url: str) -> dict[str, Any]:
    what = Environment.model_validate(
        {
            "control": [control],
            "bounds": Bounds(check_seconds=20, page_seconds=2),
            "ca_file": str(authority.write(folder)),
            "tls": {"one": {"url": url, "days": 21}},
        }
    )
    return answered(folder, what, security.test_certificate_is_valid, "tls.one")


@pytest.mark.parametrize(
    ("days", "host", "outcome", "told"),
    [
        (60, "127.0.0.1", "passed", ""),
        (20, "127.0.0.1", "failed", "days, at least 21 wanted"),
        (-1, "127.0.0.1", "failed", "expired"),
        (60, "other.example", "failed", "127.0.0.1: "),
    ],
)
def test_a_certificate_is_judged(
    tmp_path: Path,
    authority: Authority,
    network: str,
    days: float,
    host: str,
    outcome: str,
    told: str,
) -> None:
    with shaking_hands(authority.server_context(tmp_path, host=host, days=days)) as url:
        entry = certified(tmp_path, authority, network, url)
    assert entry["outcome"] == outcome, entry["note"]
    assert told in entry["note"]


@pytest.mark.parametrize(("control", "outcome"), [("up", "failed"), ("down", "blocked")])
def test_a_host_without_connection_is_for_the_control_address_to_judge(
    tmp_path: Path, authority: Authority, network: str, control: str, outcome: str
) -> None:
    known = network if control == "up" else NOWHERE
    entry = certified(tmp_path, authority, known, "https://127.0.0.1:9")
    assert entry["outcome"] == outcome, entry["note"]
