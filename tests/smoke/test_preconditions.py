"""Row 0: what must hold before the deployment can be judged at all."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping

import httpx
import pytest

from fixtures.documents.facts import Kind
from fixtures.documents.samples import stated
from fixtures.vault import drawn
from postdeploy.addresses import declared_urls
from postdeploy.errors import ProbeError, Unreachable
from postdeploy.flow import Flow
from postdeploy.probes import fullstory, sentry
from postdeploy.probes.aws.access import observe_monitoring_access
from postdeploy.probes.connection import connect


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers("pre.test-user")
async def test_every_test_user_can_be_signed_in(flow: Flow) -> None:
    """Every role's test user can be signed in, is who the settings say, and in the organisation declared."""
    async with flow.check.item("pre.test-user") as step:
        roles = flow.environment.roles
        seen = await asyncio.gather(*(_who(flow, role) for role in roles))
        people = dict(zip(roles, seen, strict=True))
        emails = {role: str(person.get("email")) for role, person in people.items()}
        expected = {role: flow.person(role).email for role in roles}
        step.saw(emails, expected=expected)
        assert emails == expected
        told = {role: person.get("organisation") for role, person in people.items()}
        elsewhere = _in_wrong_organisation(
            {role: one.organisation for role, one in roles.items()}, told
        )
        assert not elsewhere, elsewhere


async def _who(flow: Flow, role: str) -> Mapping[str, object]:
    client = await flow.client(role)
    answer = await client.get("/api/v1/me")
    assert answer.status_code == httpx.codes.OK, (
        f"{role}: GET /api/v1/me answered {answer.status_code}"
    )
    who: Mapping[str, object] = answer.json()
    return who


def _in_wrong_organisation(declared: Mapping[str, str], told: Mapping[str, object]) -> str:
    """Two test users whom the target file declares together, or apart, and who are not; "" where all is right."""
    for one, other in itertools.combinations(declared, 2):
        if not told[one] or not told[other]:
            continue  # a product need not tell
        together = declared[one] == declared[other]
        if (told[one] == told[other]) is not together:
            wanted = "one and the same" if together else "two different ones"
            return (
                f"{one} is in {told[one]!r} and {other} in {told[other]!r}, declared are {wanted}"
            )
    return ""


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers("pre.document.policy", "pre.document.binder", "pre.document.contract")
async def test_sample_documents_hold_their_facts(flow: Flow) -> None:
    """The three sample PDFs exist, open, and hold the facts that the checks look for."""
    kinds: tuple[Kind, ...] = ("policy", "binder", "contract")
    for kind in kinds:
        async with flow.check.item(f"pre.document.{kind}") as step:
            document, missing = await drawn(flow, kind)
            wanted = stated(document.facts)
            step.saw(
                f"{document.name} lacks {len(missing)} facts", expected=f"{len(wanted)} facts in it"
            )
            assert wanted, "the document has no facts"
            assert not missing, f"not in {document.name}: {missing}"


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers("pre.endpoints")
async def test_every_endpoint_takes_a_connection(flow: Flow) -> None:
    """Every declared address resolves and takes a connection."""
    async with flow.check.item("pre.endpoints") as step:
        urls = set(declared_urls(flow.environment).values())
        seconds = flow.environment.bounds.page_seconds
        proxy = flow.run.proxies.of
        seen = await asyncio.gather(*(connect(url, seconds, proxy(url)) for url in sorted(urls)))
        closed = [connection for connection in seen if not connection.open]
        step.saw(f"{len(seen) - len(closed)} of {len(seen)} addresses take connections")
        assert seen, "the target file declares no address"
        if closed:
            raise Unreachable(closed[0].url, "; ".join(one.why for one in closed))


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers("pre.llm")
async def test_llm_service_is_healthy(flow: Flow) -> None:
    """The LLM service answers its health probe with 200 and says that it is ok."""
    async with flow.check.item("pre.llm") as step:
        answer = await flow.http().get(flow.url("llm"))
        step.saw(f"{answer.status_code} {answer.text[:120]}", expected='200 {"status": "ok", …}')
        assert answer.status_code == httpx.codes.OK
        body = answer.json()
        # Not every probe tells of the provider by itself.
        told = {"status": body.get("status"), "provider": body.get("provider", "ok")}
        wrong = {key: value for key, value in told.items() if value != "ok"}
        assert not wrong, f"the LLM service says {wrong}"


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers("pre.monitoring")
async def test_monitoring_can_be_read(flow: Flow) -> None:
    """CloudWatch, Sentry and FullStory can be read with the given credentials."""
    async with flow.check.item("pre.monitoring") as step:
        third_parties = flow.environment.integrations
        if third_parties.sentry is None or third_parties.fullstory is None:
            raise ProbeError(
                "Sentry or FullStory is not declared",
                mend=f"Add [integrations] to {flow.target.file}, or declare pre.monitoring not applicable",
            )
        logs = next((group.name for group in flow.aws.log_groups.values()), "")
        await flow.observe(observe_monitoring_access, logs)
        http = flow.http()
        slug = await sentry.observe_access(http, third_parties.sentry, flow.secret("SENTRY_TOKEN"))
        someone = flow.person("member").email
        await fullstory.sessions(
            http, third_parties.fullstory, flow.secret("FULLSTORY_KEY"), someone
        )
        step.saw(f"CloudWatch, Sentry organisation {slug!r} and FullStory can be read")
        assert slug == third_parties.sentry.organisation
