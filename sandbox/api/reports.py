"""The API of reports."""

from __future__ import annotations

import asyncio
import re

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.api.calls import Call, endpoint, text_of, texts_of
from sandbox.product.chats import Chat
from sandbox.product.errors import InvalidError, NotFoundError
from sandbox.product.reports import Report

_EXPORTS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def _report(call: Call) -> Report:
    return call.world.reports.get(call.person, call.part("id"))


async def request_report(call: Call) -> Response:
    """Ask for a report."""
    body = await call.body()
    report = call.world.reports.request(
        call.person,
        text_of(body, "kind"),
        texts_of(body, "document_ids"),
        text_of(body, "claim"),
        text_of(body, "template"),
    )
    answer = {"id": report.id, "status": report.status, "job_id": report.job_id}
    return JSONResponse(answer, status_code=202)


async def list_reports(call: Call) -> Response:
    """The person's own reports, newest first."""
    found = call.world.reports.recent(call.person)
    listed = [report.summary() for report in call.paged(found)]
    return JSONResponse({"reports": listed, "total": len(found)})


async def read(call: Call) -> Response:
    """A report as far as it is done."""
    return JSONResponse(_report(call).as_json())


async def export(call: Call) -> Response:
    """A finished report as a file."""
    report, form = _report(call), call.part("form")
    if form not in _EXPORTS:
        raise NotFoundError("There is no such export.")
    if report.status != "Complete":
        raise InvalidError("The report is not complete.")
    make = {"pdf": call.world.exports.pdf, "xlsx": call.world.exports.xlsx}
    body = await asyncio.to_thread(make.get(form, call.world.exports.csv), report)
    name = re.sub(r"[^A-Za-z0-9]+", "-", report.title).strip("-")[:80]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(body, media_type=_EXPORTS[form], headers=headers)


async def save(call: Call) -> Response:
    """Mark a report as saved."""
    report = _report(call)
    report.saved = True
    return JSONResponse(report.as_json())


async def share(call: Call) -> Response:
    """Mail a report to somebody."""
    report, body = _report(call), await call.body()
    if report.status != "Complete":
        raise InvalidError("The report is not complete.")
    call.world.sharing.share(call.person, report, text_of(body, "email"))
    return JSONResponse({"status": "accepted"}, status_code=202)


async def delete(call: Call) -> Response:
    """Forget a report."""
    call.world.reports.delete(_report(call))
    return Response(status_code=204)


async def recent(call: Call) -> Response:
    """The newest 20 reports or saved chats."""
    kind = call.query("kind") or "reports"
    if kind == "reports":
        found = [entry(kind, "/reports/", item) for item in call.world.reports.recent(call.person)]
    elif kind == "chats":
        found = [entry(kind, "/chat/", item) for item in call.world.chats.saved(call.person)]
    else:
        raise InvalidError(f"There is nothing of kind {kind!r}.")
    return JSONResponse({"items": found[:20]})


def entry(kind: str, path: str, item: Report | Chat) -> dict[str, str]:
    """A line of the list of recent things."""
    return {
        "id": item.id,
        "kind": kind,
        "title": item.title,
        "path": path + item.id,
        "created_at": item.created_at,
    }


ROUTES = [
    Route("/reports", endpoint(request_report, "write"), methods=["POST"]),
    Route("/reports", endpoint(list_reports), methods=["GET"]),
    Route("/reports/{id}", endpoint(read), methods=["GET"]),
    Route("/reports/{id}", endpoint(delete, "write"), methods=["DELETE"]),
    Route("/reports/{id}/export.{form}", endpoint(export)),
    Route("/reports/{id}/save", endpoint(save, "write"), methods=["POST"]),
    Route("/reports/{id}/share", endpoint(share, "write"), methods=["POST"]),
    Route("/recent", endpoint(recent)),
]
