"""The API of chats; answers are streamed as server-sent events."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.api.calls import Call, endpoint, text_of, texts_of
from sandbox.product.chats import Chat, Message


def _chat(call: Call) -> Chat:
    return call.world.chats.get(call.person, call.part("id"))


async def open_chat(call: Call) -> Response:
    """Begin a chat about documents or about a report."""
    body = await call.body()
    report_id = text_of(body, "report_id")
    report = call.world.reports.get(call.person, report_id) if report_id else None
    chat = call.world.chats.open(call.person, texts_of(body, "document_ids"), report)
    return JSONResponse(chat.as_json(), status_code=201)


async def list_chats(call: Call) -> Response:
    """The saved chats, or with `saved=any` all of the person's own, newest first."""
    chats = call.world.chats
    found = chats.own(call.person) if call.query("saved") == "any" else chats.saved(call.person)
    listed = [chat.summary() for chat in call.paged(found)]
    return JSONResponse({"chats": listed, "total": len(found)})


async def read(call: Call) -> Response:
    """A chat with its messages."""
    return JSONResponse(_chat(call).as_json())


async def ask(call: Call) -> Response:
    """Answer a message, word by word."""
    chat, body = _chat(call), await call.body()
    message = call.world.chats.ask(chat, text_of(body, "text"))
    return StreamingResponse(
        streamed(message, call.world.pace.word),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )


async def streamed(message: Message, seconds_per_word: float) -> AsyncIterator[str]:
    """The events of an answer."""
    if message.failed:
        yield event("error", {"message": message.text})
        return
    for piece in re.findall(r"\s*\S+", message.text):
        yield event("delta", {"text": piece})
        await asyncio.sleep(seconds_per_word)
    yield event("done", {"citations": message.citations, "links": message.links})


def event(name: str, data: dict[str, Any]) -> str:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


async def save(call: Call) -> Response:
    """Keep a chat under a title."""
    chat, body = _chat(call), await call.body()
    call.world.chats.save(chat, text_of(body, "title"))
    return JSONResponse(chat.summary())


async def delete(call: Call) -> Response:
    """Forget a chat."""
    call.world.chats.delete(_chat(call))
    return Response(status_code=204)


ROUTES = [
    Route("/chats", endpoint(open_chat, "write"), methods=["POST"]),
    Route("/chats", endpoint(list_chats), methods=["GET"]),
    Route("/chats/{id}", endpoint(read), methods=["GET"]),
    Route("/chats/{id}", endpoint(delete, "write"), methods=["DELETE"]),
    Route("/chats/{id}/messages", endpoint(ask, "write"), methods=["POST"]),
    Route("/chats/{id}/save", endpoint(save, "write"), methods=["POST"]),
]
