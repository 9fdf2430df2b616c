"""The API of those who run the product: health, jobs, administration, Sidekiq's numbers."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.api.calls import Call, endpoint
from sandbox.clock import CLOCK
from sandbox.product.diagnostics import DIAGNOSTIC
from sandbox.product.errors import InvalidError

if TYPE_CHECKING:
    from sandbox.world import World

_SIDEKIQ = b"sidekiq:sidekiq-sandbox"


async def health(request: Request) -> Response:
    """How the API and the services that it needs are."""
    world: World = request.app.state.world
    status, word, checks = world.health.answer()
    body = {"status": word, "service": "api", "version": world.api_version, "checks": checks}
    return JSONResponse(body, status_code=status)


async def status(request: Request) -> Response:
    """What anybody may know."""
    world: World = request.app.state.world
    body = {"status": "operational", "environment": "sandbox", "version": world.api_version}
    return JSONResponse(body)


async def me(call: Call) -> Response:
    """Who is signed in."""
    return JSONResponse(call.person.as_json())


async def read_job(call: Call) -> Response:
    """How a job is going."""
    return JSONResponse(call.world.jobs.find(call.person, call.part("id")).as_json())


async def diagnose(call: Call) -> Response:
    """Queue a job that fails as often as asked for before it completes."""
    fail_times = (await call.body()).get("fail_times", 0)
    if not isinstance(fail_times, int) or fail_times < 0:
        raise InvalidError("fail_times must be a whole number.")
    job = call.world.jobs.enqueue(DIAGNOSTIC, call.person, {"fail_times": fail_times})
    return JSONResponse({"id": job.id, "status": job.status}, status_code=202)


async def users(call: Call) -> Response:
    """Everybody in the admin's organisation."""
    organisation = call.person.organisation
    found = [person for person in call.world.people.all() if person.organisation == organisation]
    return JSONResponse({"users": [person.as_json() for person in found]})


async def jobs(call: Call) -> Response:
    """Every job, newest first."""
    return JSONResponse({"jobs": [job.as_json() for job in call.world.jobs.all()]})


async def retry(call: Call) -> Response:
    """Queue a dead job again."""
    job = call.world.jobs.find(call.person, call.part("id"))
    call.world.jobs.retry(job)
    return JSONResponse(job.as_json(), status_code=202)


async def sidekiq(request: Request) -> Response:
    """The numbers as Sidekiq::Web gives them, behind HTTP basic authentication."""
    world: World = request.app.state.world
    expected = "Basic " + base64.b64encode(_SIDEKIQ).decode()
    given = request.headers.get("authorization", "")
    if not secrets.compare_digest(given.encode(), expected.encode()):
        headers = {"WWW-Authenticate": 'Basic realm="Sidekiq"'}
        return Response("unauthorized", status_code=401, headers=headers)
    return JSONResponse(sidekiq_stats(world))


def sidekiq_stats(world: World) -> dict[str, Any]:
    """Queue numbers, something of Redis, and the time."""
    return {
        "sidekiq": world.jobs.stats(),
        "redis": {
            "redis_version": "7.2.4",
            "uptime_in_days": "12",
            "connected_clients": "11",
            "used_memory_human": "4.1M",
            "used_memory_peak_human": "6.3M",
        },
        "server_utc_time": CLOCK.now().strftime("%H:%M:%S UTC"),
    }


PUBLIC_ROUTES = [Route("/health", health), Route("/sidekiq/stats", sidekiq)]
ROUTES = [
    Route("/status", status),
    Route("/me", endpoint(me)),
    Route("/jobs/{id}", endpoint(read_job)),
    Route("/diagnostics/jobs", endpoint(diagnose, "admin"), methods=["POST"]),
    Route("/admin/users", endpoint(users, "admin")),
    Route("/admin/jobs", endpoint(jobs, "admin")),
    Route("/admin/jobs/{id}/retry", endpoint(retry, "admin"), methods=["POST"]),
]
