"""Row 12: what the API lets through, and whom."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Mapping, Sequence

import httpx
import pytest

from fixtures.role_matrix import MATRIX, as_nobody
from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.endpoint import TOO_MANY
from postdeploy.probes.http import NoAnswer
from postdeploy.target import Route

ROUNDS = 4
"""How often each route is asked, without a session and with one: one server of several may know no guard, or not it."""
_NO_ANSWER = 0
_NEITHER = (_NO_ANSWER, TOO_MANY)
"""Neither entry nor refusal: that nothing came in time, and that this run asks too often."""


async def _statuses(flow: Flow, client: httpx.AsyncClient) -> Mapping[str, int]:
    """Route → status; 0 where no answer came in time."""
    routes = flow.environment.protected_routes
    assert routes, "the target file declares no protected route"
    statuses = await asyncio.gather(*(_status(client, route) for route in routes))
    return {f"{r.method} {r.path}": s for r, s in zip(routes, statuses, strict=True)}


async def _status(client: httpx.AsyncClient, route: Route) -> int:
    (answer,) = await asyncio.gather(
        client.request(route.method, route.path, json=route.body), return_exceptions=True
    )
    if isinstance(answer, NoAnswer):
        return _NO_ANSWER
    if isinstance(answer, BaseException):
        raise answer
    return answer.status_code


def _require_answers(seen: Mapping[str, int]) -> None:
    """Raise ProbeError for a silent route, or one that is asked too often: it has let nobody in and refused nobody."""
    silent = [route for route, status in seen.items() if status == _NO_ANSWER]
    if silent:
        raise ProbeError(
            f"no answer in time, neither entry nor refusal, from {', '.join(silent)}",
            mend="See perf.no-timeouts: the route itself hangs",
        )
    _require_patience([route for route, status in seen.items() if status == TOO_MANY])


def _require_patience(limited: Sequence[str]) -> None:
    """Raise ProbeError where the product counts requests, and this run's were too many for it."""
    if limited:
        raise ProbeError(
            f"429 (too many requests), neither entry nor refusal, from {', '.join(limited)}",
            mend="Allow the address of this run more requests, or run it again later",
        )


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers("auth.unauthenticated-401", "auth.valid-200", "auth.forged-401")
async def test_protected_routes(flow: Flow) -> None:
    """Protected routes answer 401 without a session, 200 with one, and 401 to a forged one."""
    refused = (httpx.codes.UNAUTHORIZED, *_NEITHER)
    async with flow.check.item(
        "auth.unauthenticated-401", expected="401 from each, each time"
    ) as step:
        await _answers_always(flow, await flow.client(None), refused, step)
    async with flow.check.item("auth.valid-200", expected="200 from each, each time") as step:
        fine = (httpx.codes.OK, *_NEITHER)
        await _answers_always(flow, await flow.client("member"), fine, step)
    async with flow.check.item("auth.forged-401", expected="401 from each") as step:
        token = await flow.session_cookie("member")
        forged = {how: value for how, value in _forgeries(token).items() if value != token}
        results = {how: await _with_token(flow, value) for how, value in forged.items()}
        step.saw(results)
        let_in = {
            how: seen
            for how, seen in results.items()
            if any(status not in refused for status in seen.values())
        }
        assert not let_in, f"a forged session was not refused: {let_in}"
        for seen in results.values():
            _require_answers(seen)


async def _answers_always(
    flow: Flow, client: httpx.AsyncClient, right: Container[int], step: Step
) -> None:
    """Every route gives a right answer, in every round."""
    for number in range(1, ROUNDS + 1):
        seen = await _statuses(flow, client)
        step.saw(f"round {number} of {ROUNDS}: {seen}")
        assert all(status in right for status in seen.values()), f"{seen}"
        _require_answers(seen)


def _forgeries(token: str) -> Mapping[str, str]:
    """Ways to tamper with a token: anywhere in it, at its end, without its signature, and another's shape."""
    middle = len(token) // 2
    head, dot, _ = token.rpartition(".")
    return {
        "a character in the middle changed": token[:middle]
        + _other(token[middle])
        + token[middle + 1 :],
        "the first character changed": _other(token[0]) + token[1:],
        "the last character changed": token[:-1] + _other(token[-1]),
        "the signature cut off": head + dot if head else token[:middle],
        "the signature left out": head or token[: middle + 1],
        "a token of no one": "forged." + "0" * 43,
    }


def _other(character: str) -> str:
    return "A" if character != "A" else "B"


async def _with_token(flow: Flow, token: str) -> Mapping[str, int]:
    """Statuses with the token as a cookie and, beside them, as a bearer token."""
    name = flow.session.cookie
    cookie = flow.run.http_client(base_url=flow.url("api"), cookies={name: token})
    bearer = flow.run.http_client(
        base_url=flow.url("api"), headers={"Authorization": f"Bearer {token}"}
    )
    by_cookie, by_bearer = await asyncio.gather(_statuses(flow, cookie), _statuses(flow, bearer))
    return {**by_cookie, **{f"{route} (bearer)": status for route, status in by_bearer.items()}}


@pytest.mark.prod_smoke
@pytest.mark.writes("document", "report", "job")
@pytest.mark.covers("auth.unauthenticated-401")
async def test_refusals_without_session(flow: Flow) -> None:
    """Where the role matrix refuses a role, whoever has no session is answered 401."""
    lines = [line for line in flow.environment.role_matrix if line.refused]
    async with flow.check.item("auth.unauthenticated-401", expected="401 from each") as step:
        assert lines, "the role matrix refuses nothing to any role"
        answers = await asyncio.gather(*(as_nobody(flow, line) for line in lines))
        seen = {f"{li.method} {li.path}": got for li, got in zip(lines, answers, strict=True)}
        step.saw(seen)
        known = {route: got for route, got in seen.items() if got != TOO_MANY}
        assert {*known.values()} <= {httpx.codes.UNAUTHORIZED}, f"without a session: {seen}"
        _require_patience([route for route in seen if route not in known])


@pytest.mark.prod_smoke
@pytest.mark.writes("document", "report", "job")
@pytest.mark.covers("role.restrictions", "role.lower-blocked", "role.admin-only")
async def test_role_matrix(flow: Flow) -> None:
    """Every cell of the role matrix answers as declared: let through, or refused with 403."""
    matrix = await flow.shared(MATRIX)
    cells = matrix.cells
    async with flow.check.item("role.restrictions") as step:
        wrong = [cell.told() for cell in cells if cell.wrong and cell.area == "restricted"]
        step.saw(f"{len(cells)} cells tried", expected="each as the matrix says")
        assert any(cell.area == "restricted" and not cell.allowed for cell in cells), (
            "no refusal declared"
        )
        assert not wrong, "; ".join(wrong)
        if matrix.harm is None:
            raise ProbeError(
                "not reached: the Shared Vault does not list the document of the matrix, or no list of reports opens"
            )
        assert not matrix.harm, f"refused, and carried out all the same: {matrix.harm}"
        _require_patience([c.told() for c in cells if c.untold and c.area == "restricted"])
    async with flow.check.item("role.lower-blocked") as step:
        lower = [cell for cell in cells if cell.role == "viewer" and not cell.allowed]
        step.saw([cell.told() for cell in lower])
        assert lower, "the matrix refuses nothing to the lower privilege"
        assert not any(cell.wrong for cell in lower), f"{[c.told() for c in lower if c.wrong]}"
        _require_patience([cell.told() for cell in lower if cell.untold])
    async with flow.check.item("role.admin-only") as step:
        area = [cell for cell in cells if cell.area == "admin"]
        step.saw([cell.told() for cell in area])
        assert {cell.allowed for cell in area} == {True, False}, "the matrix needs both sides"
        assert not any(cell.wrong for cell in area), f"{[c.told() for c in area if c.wrong]}"
        _require_patience([cell.told() for cell in area if cell.untold])
