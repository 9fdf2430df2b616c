"""The API of the vaults and of the search."""

from __future__ import annotations

from urllib.parse import quote

import sentry_sdk
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.api.calls import Call, endpoint, text_of
from sandbox.product.documents import Document
from sandbox.product.errors import InvalidError, NotFoundError
from sandbox.product.pdf import picture_of


def _document(call: Call) -> Document:
    return call.world.documents.get(call.person, call.part("id"))


async def list_documents(call: Call) -> Response:
    """The documents of a vault, or of both, filtered by `q`."""
    documents = call.world.documents
    found = documents.visible(call.person, call.query("vault"))
    if call.query("q"):
        found = documents.matching(found, call.query("q"))
    listed = [document.as_json() for document in call.paged(found)]
    return JSONResponse({"documents": listed, "total": len(found)})


async def upload(call: Call) -> Response:
    """Take in a PDF file."""
    async with call.request.form() as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise InvalidError("A file is needed.")
        content = await file.read()
        vault = str(form.get("vault") or "my")
    document = call.world.documents.upload(call.person, file.filename, content, vault)
    call.world.ingest.accept(document)
    return JSONResponse(document.as_json(), status_code=201)


async def read(call: Call) -> Response:
    """One document's entry."""
    return JSONResponse(_document(call).as_json())


async def content(call: Call) -> Response:
    """The file itself, to be kept."""
    document = _document(call)
    name = quote(document.name)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    body = call.world.documents.content(document)
    return Response(body, media_type="application/pdf", headers=headers)


async def pages(call: Call) -> Response:
    """The text of each page."""
    texts = enumerate(_document(call).pages, start=1)
    return JSONResponse({"pages": [{"number": number, "text": text} for number, text in texts]})


async def picture(call: Call) -> Response:
    """The picture of one page."""
    document = _document(call)
    number = int(call.part("number"))
    if not 1 <= number <= len(document.pages):
        raise NotFoundError("There is no such page.")
    image = await picture_of(call.world.documents.content(document), number)
    return Response(image, media_type="image/png", headers={"Cache-Control": "private, max-age=60"})


async def change(call: Call) -> Response:
    """Rename or tag."""
    document, body = _document(call), await call.body()
    if "name" in body:
        call.world.documents.rename(document, text_of(body, "name"))
    if "add_tag" in body:
        call.world.documents.tag(document, text_of(body, "add_tag"))
    call.world.ingest.changed(document)
    return JSONResponse(document.as_json())


async def delete(call: Call) -> Response:
    """Into the trash, or away for good."""
    document = _document(call)
    if call.query("permanent") == "true":
        call.world.documents.erase(document)
        call.world.index.remove(document.id)
        return Response(status_code=204)
    call.world.documents.trash(document)
    return JSONResponse(document.as_json())


async def restore(call: Call) -> Response:
    """Out of the trash again."""
    document = _document(call)
    call.world.documents.restore(document)
    return JSONResponse(document.as_json())


async def search(call: Call) -> Response:
    """One page of hits; an unknown type is an error that is handled, and reported."""
    index, number = call.world.index, call.number("page", 1)
    per_page = min(call.number("per_page", 10), 100)
    try:
        hits = index.search(call.person, call.query("q"), call.query("type"), call.query("vault"))
    except InvalidError as error:
        report_handled(call, error)
        raise
    shown = index.page(hits, number, per_page)
    return JSONResponse(
        {
            "found": len(hits),
            "page": number,
            "per_page": per_page,
            "hits": [hit.as_json() for hit in shown],
        }
    )


def report_handled(call: Call, error: Exception) -> None:
    """Tell Sentry of an error that the person was told of."""
    headers = call.request.headers
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("handled", "yes")
        scope.set_tag("source", headers.get("x-request-source", ""))
        scope.set_tag("correlation_id", headers.get("x-correlation-id", ""))
        scope.capture_exception(error)


ROUTES = [
    Route("/documents", endpoint(list_documents), methods=["GET"]),
    Route("/documents", endpoint(upload, "write"), methods=["POST"]),
    Route("/documents/{id}", endpoint(read), methods=["GET"]),
    Route("/documents/{id}", endpoint(change, "write"), methods=["PATCH"]),
    Route("/documents/{id}", endpoint(delete, "write"), methods=["DELETE"]),
    Route("/documents/{id}/content", endpoint(content)),
    Route("/documents/{id}/pages", endpoint(pages)),
    Route("/documents/{id}/pages/{number:int}.png", endpoint(picture)),
    Route("/documents/{id}/restore", endpoint(restore, "write"), methods=["POST"]),
    Route("/search", endpoint(search)),
]
