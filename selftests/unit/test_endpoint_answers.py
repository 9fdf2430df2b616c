"""An endpoint's answer is judged by what the target file declares of it, however the answer spells that."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.endpoints import answer_faults, expected_answer, is_anybodys_page
from postdeploy.probes.endpoint import Answer
from postdeploy.target import Endpoint

URL = "http://clinic.example/health"


def answer(status: int = 200, location: str = "", body: Any = None, kind: str = "") -> Answer:
    return Answer(status, kind, location, {}, "", body, 0.1)


def redirect(**declared: Any) -> Endpoint:
    moved = {"status": [301, 308], "redirects_to": "https://clinic.example/health"}
    return Endpoint.model_validate({"url": URL, **moved, **declared})


@pytest.mark.parametrize("status", [301, 308])
@pytest.mark.parametrize(
    "location",
    [
        "https://clinic.example/health",
        "https://clinic.example:443/health",
        "https://Clinic.example/health",
        "//clinic.example/health",
    ],
)
def test_a_redirect_leads_there_however_it_is_spelled(status: int, location: str) -> None:
    declared = redirect()
    if location.startswith("//"):
        declared = redirect(url="https://clinic.example/old")
    assert answer_faults(declared, answer(status, location)) == []


@pytest.mark.parametrize(
    "location",
    [
        "",
        "/health",
        "http://clinic.example/health",
        "https://clinic.example:8443/health",
        "https://clinic.example/",
        "https://clinic.example/health?from=http",
        "https://elsewhere.example/health",
        "https://[broken/health",
    ],
)
def test_a_redirect_that_leads_elsewhere_is_wrong(location: str) -> None:
    (fault,) = answer_faults(redirect(), answer(301, location))
    assert fault.startswith(f"leads to {location!r}")


def test_a_path_leads_to_its_own_host() -> None:
    declared = redirect(url="https://clinic.example/old")
    assert answer_faults(declared, answer(301, "/health")) == []


def test_a_status_that_is_none_of_the_declared_is_wrong() -> None:
    found = answer_faults(redirect(), answer(302, "https://clinic.example/health"))
    assert found == ["status 302, expected 301 or 308"]
    assert expected_answer(redirect()).startswith("301 or 308 ")


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"data": {"a": 1}}, 0),
        ({"data": {"a": 1}, "errors": []}, 0),
        ({"data": {"a": 1}, "errors": None}, 0),
        ({"data": {"a": 1}, "errors": [{"message": "no"}]}, 1),
        ({"errors": [{"message": "no"}]}, 2),
    ],
)
def test_what_must_not_be_in_the_body_is_wrong_unless_it_is_empty(body: Any, faults: int) -> None:
    declared = Endpoint(url=URL, json_has=("data.a",), json_lacks=("errors",))
    assert len(answer_faults(declared, answer(body=body))) == faults


@pytest.mark.parametrize(
    ("declared", "kind", "anybodys"),
    [
        ({}, "text/html; charset=utf-8", True),
        ({}, "Text/HTML", True),
        ({}, "application/json", False),
        ({}, "", False),
        ({"content_type": "text/html"}, "text/html", False),
        ({"contains": "All well"}, "text/html", False),
        ({"json_lacks": ["errors"]}, "text/html", True),
    ],
)
def test_a_page_by_which_nothing_is_known_is_anybodys(
    declared: dict[str, Any], kind: str, *, anybodys: bool
) -> None:
    endpoint = Endpoint.model_validate({"url": URL, **declared})
    assert is_anybodys_page(endpoint, answer(kind=kind)) is anybodys
