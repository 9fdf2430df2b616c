"""What the rule set lets through, and how it names what the others lack."""

from __future__ import annotations

import pytest

from postdeploy.policy import CLEANUP, PAGE, Permit, Policy, Refused, Wish, policy_of
from postdeploy.policy.rules import Question
from postdeploy.target import Endpoint, Environment, Route, Target, Writes

API, APP, PARTY = "https://api.example", "https://app.example", "https://cdn.example"


def target(**more: object) -> Target:
    tables: dict[str, object] = {
        "urls": {"api": API, "app": APP},
        "third_parties": (PARTY,),
        "writes": {
            "document": Writes(requests=("POST /documents", "DELETE /documents/{id}"), at=("api",)),
            "report": Writes(requests=("POST /reports/{id}/share",)),
            "sign-in": Writes(requests=("POST /**",), at=("app",)),
            PAGE: Writes(requests=("POST /rec",), at=(PARTY,)),
        },
        "reads": ("POST /search",),
        "cleanup": {"document": Route(method="DELETE", path="/documents/{id}?permanent=true")},
        "control": ("https://control.example/",),
        "endpoints": {
            "graphql": Endpoint(url=f"{API}/graphql", method="POST", body={"query": "{ a }"})
        },
    }
    environment = Environment.model_validate(tables | more)
    return Target(
        system="demo", title="Demo", name="prod", file="targets/demo.toml", environment=environment
    )


def judged(
    method: str, url: str, *kinds: str, read_only: bool = False, page: bool = False, **more: object
) -> Refused | None:
    policy = policy_of(target(**more), read_only=read_only)
    permit = Permit(frozenset(kinds), "@pytest.mark.writes of tests/x.py::test_x")
    wish = Wish(method, url)
    return policy.of_page(wish, permit) if page else policy.judge(wish, permit, policy.hosts)


@pytest.mark.parametrize(
    ("method", "url", "kinds"),
    [
        ("GET", f"{API}/documents/7", ()),
        ("HEAD", f"{APP}/", ()),
        ("OPTIONS", f"{API}/documents", ()),
        ("GET", "https://api.example:443/x", ()),
        ("GET", "https://API.example./x", ()),
        ("GET", "https://control.example/", ()),
        ("POST", f"{API}/documents", ("document",)),
        ("POST", f"{API}/documents?vault=my", ("document",)),
        ("DELETE", f"{API}/documents/doc_7", ("document",)),
        ("POST", f"{APP}/reports/7/share", ("report",)),
        ("POST", f"{APP}/any/thing", ("sign-in",)),
        ("POST", f"{API}/search?q=x", ()),
        ("DELETE", f"{API}/documents/7?permanent=true", (CLEANUP,)),
    ],
)
def test_what_is_declared_passes(method: str, url: str, kinds: tuple[str, ...]) -> None:
    assert judged(method, url, *kinds) is None


@pytest.mark.parametrize(
    ("method", "url", "kinds"),
    [
        ("GET", "https://evil.example/", ("document",)),
        ("GET", "http://api.example/", ()),  # another port is another deployment
        ("GET", "https://api.example:8443/", ()),
        ("GET", "https://api.example@evil.example/", ()),
        ("GET", "https://api.example.evil.example/", ()),
        ("GET", "file:///etc/passwd", ()),
        ("GET", "ftp://api.example/", ()),
        ("GET", f"{PARTY}/x", ()),  # for pages alone
        ("POST", f"{PARTY}/rec", (PAGE, "document")),
        ("POST", f"{API}/documents", ()),
        ("POST", f"{API}/documents", ("report",)),
        ("POST", f"{APP}/documents", ("document",)),
        ("PUT", f"{API}/documents", ("document",)),
        ("POST", f"{API}/documents/", ("document",)),
        ("POST", f"{API}/Documents", ("document",)),
        ("DELETE", f"{API}/documents", ("document",)),
        ("DELETE", f"{API}/documents/7/pages", ("document",)),
        ("DELETE", f"{API}/documents/..", ("document",)),
        ("DELETE", f"{API}/documents/%2e%2e", ("document",)),
        ("DELETE", f"{API}/documents/7%2f..%2f8", ("document",)),
        ("DELETE", f"{API}/documents/7%5c8", ("document",)),
        ("POST", f"{APP}/a/../b", ("sign-in",)),
        ("TRACE", f"{API}/documents", ("document",)),
        ("SOCKET", "wss://api.example/cable", ("document",)),
        ("POST", f"{API}/graphql", ("document",)),  # its body is another one than the endpoint's
    ],
)
def test_what_is_not_declared_is_refused(method: str, url: str, kinds: tuple[str, ...]) -> None:
    assert judged(method, url, *kinds) is not None


def test_a_declared_question_passes_by_its_whole_body_alone() -> None:
    policy = policy_of(target())
    (question,) = policy.questions
    right = Wish("POST", question.url, body=question.body)
    other = Wish("POST", question.url, body=b'{"query":"mutation { drop }"}')
    assert policy.judge(right, Permit(), policy.hosts) is None
    assert policy.judge(other, Permit(), policy.hosts) is not None
    assert isinstance(question, Question)


def test_a_header_that_means_another_method_is_taken_at_its_word() -> None:
    policy = policy_of(target())
    permit = Permit(frozenset({"document"}))
    hidden = Wish("POST", f"{API}/documents", {"X-HTTP-Method-Override": "DELETE"})
    assert policy.judge(hidden, permit, policy.hosts) is not None
    posing = Wish("GET", f"{API}/documents", {"x-http-method": "put"})
    assert policy.judge(posing, permit, policy.hosts) is not None


def test_a_read_only_run_signs_in_and_writes_nothing() -> None:
    for declared in (
        judged("POST", f"{APP}/login", "sign-in", read_only=True),
        judged("POST", f"{API}/search", read_only=True),
    ):
        assert declared is None
    for method, url, kind in (
        ("POST", f"{API}/documents", "document"),
        ("DELETE", f"{API}/documents/7", CLEANUP),
    ):
        refused = judged(method, url, kind, read_only=True)
        assert refused is not None
        assert "this run is read-only" in refused.what
    by_file = judged("POST", f"{API}/documents", "document", **{"read_only": True})
    assert by_file is not None


def test_clean_up_removes_only_what_a_ledger_names() -> None:
    policy = policy_of(target())
    permit = Permit(frozenset({CLEANUP}), removable={"7"})
    assert policy.judge(Wish("DELETE", f"{API}/documents/7"), permit, policy.hosts) is None
    refused = policy.judge(Wish("DELETE", f"{API}/documents/8"), permit, policy.hosts)
    assert refused is not None
    assert "no ledger says that '8'" in refused.what


@pytest.mark.parametrize(
    ("method", "url", "kinds", "what", "mend"),
    [
        (
            "POST", f"{API}/documents?token=secret", (),
            "POST https://api.example/documents was not sent: its sender declares no write of the kind 'document'",
            "Add 'document' to @pytest.mark.writes of tests/x.py::test_x",
        ),
        (
            "PUT", f"{API}/plans/7", ("document",),
            "PUT https://api.example/plans/7 was not sent: no declared write for document allows it",
            'Put "PUT /plans/7" into requests of a [writes.<kind>] in targets/demo.toml, '
            "and that kind into @pytest.mark.writes of tests/x.py::test_x",
        ),
        (
            "GET", "https://evil.example/x", (),
            "GET https://evil.example/x was not sent: demo prod declares no evil.example:443",
            "Name it under urls, or third_parties for what pages load, in targets/demo.toml",
        ),
    ],
)  # fmt: skip
def test_a_refusal_names_the_declaration_that_is_lacking(
    method: str, url: str, kinds: tuple[str, ...], what: str, mend: str
) -> None:
    refused = judged(method, url, *kinds)
    assert refused is not None
    assert (refused.what, refused.mend) == (what, mend)


def test_pages_load_from_third_parties_and_send_them_what_is_declared() -> None:
    assert judged("GET", f"{PARTY}/x.js", page=True) is None
    assert judged("POST", f"{PARTY}/rec", page=True) is None
    assert judged("GET", "https://control.example/", page=True) is not None, "no page asks there"
    told = judged("POST", f"{PARTY}/other", page=True)
    assert told is not None
    assert told.quiet, "what a page tells a third party is not the check's doing"


def test_what_pages_send_by_themselves_is_held_back_in_silence_where_nothing_is_written() -> None:
    told = judged("POST", f"{PARTY}/rec", page=True, read_only=True)
    assert told is not None
    assert told.quiet
    product = judged("POST", f"{API}/documents", "document", page=True, read_only=True)
    assert product is not None
    assert not product.quiet


def test_a_socket_passes_where_it_is_declared() -> None:
    writes = {"cable": Writes(requests=("SOCKET /cable",), at=("api",))}
    policy: Policy = policy_of(target(writes=writes))
    assert policy.sockets == {"api.example:443"}
    assert judged("SOCKET", "wss://api.example/cable", "cable", page=True, writes=writes) is None
    assert judged("SOCKET", "wss://api.example/cable", page=True, writes=writes) is not None


def test_a_path_continues_the_address_that_it_is_declared_at() -> None:
    urls = {"api": "https://host.example/product/", "app": "https://host.example"}
    assert judged("POST", "https://host.example/product/documents", "document", urls=urls) is None
    assert judged("POST", "https://host.example/documents", "document", urls=urls) is not None
