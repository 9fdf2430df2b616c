"""A receiver of webhooks that somebody runs, which takes what is signed as Standard Webhooks has it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

_PATH = "4f1c0a77b2d94e05"
_KEY = b"a key that both sides have."
_TOLERANCE = 300


class Webhook:
    """The documents that were taken; one that is repeated is taken once."""

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []
        self._seen: set[str] = set()

    def routes(self) -> list[BaseRoute]:
        """What is served below /webhook."""
        return [Route(f"/{_PATH}", self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        identity = request.headers.get("webhook-id", "")
        if not _is_signed(request, body):
            return JSONResponse({"error": "no valid signature"}, status_code=401)
        if identity not in self._seen:
            self._seen.add(identity)
            self.documents.append(json.loads(body))
        return Response(status_code=204)


def _is_signed(request: Request, body: bytes) -> bool:
    headers = request.headers
    identity, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not identity or not moment.isdigit() or abs(time.time() - int(moment)) > _TOLERANCE:
        return False
    made = hmac.new(_KEY, b".".join([identity.encode(), moment.encode(), body]), hashlib.sha256)
    right = f"v1,{base64.b64encode(made.digest()).decode()}"
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), right.encode()) for one in given)
