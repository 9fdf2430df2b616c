"""A stand-in of the part of GitHub's REST interface that a verdict is told to, on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from selftests.patient_server import PatientServer

REPOSITORY = "acme/product"
TOKEN = "ghs-of-the-self-test"
Answer = tuple[int, Any]


class GitHub:
    """What the repository holds, and every request that came."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[str, str, Any]] = []
        self.labels: set[str] = set()
        self.issues: list[dict[str, Any]] = []
        self.comments: dict[int, list[str]] = {}
        self.deployments: list[dict[str, Any]] = []
        self.statuses: dict[str, list[dict[str, Any]]] = {}
        self.broken = 0
        """How many of the next requests are answered with 502."""
        self.refuses: str = ""
        """What is answered with 403: the beginning of a path."""
        self.drops_labels = False

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Answer:
        if self.broken:
            self.broken -= 1
            return 502, {"message": "Bad Gateway"}
        if self.refuses and path.startswith(self.refuses):
            return 403, {"message": "Resource not accessible by integration"}
        parts = path.split("/")
        kind = {"labels": self._labels, "issues": self._issue, "deployments": self._deployment}
        return kind[parts[0]](method, parts[1:], query, body)

    def _labels(self, method: str, parts: list[str], _: Any, body: Any) -> Answer:
        if method == "POST":
            self.labels.add(body["name"])
            return 201, body
        return (
            (200, {"name": parts[0]})
            if parts[0] in self.labels
            else (404, {"message": "Not Found"})
        )

    def _issue(self, method: str, parts: list[str], query: Any, body: Any) -> Answer:
        if not parts:
            return self._open(body) if method == "POST" else (200, self._listed(query))
        issue = self.issues[int(parts[0]) - 1]
        if parts[1:] == ["comments"]:
            self.comments.setdefault(issue["number"], []).append(body["body"])
        elif parts[1:] == ["labels"]:
            issue["labels"] = [{"name": name} for name in body["labels"]]
        else:
            issue.update(body)
        return 200, issue

    def _open(self, body: Any) -> Answer:
        names = [] if self.drops_labels else body.get("labels", [])
        labels = [{"name": name} for name in names]
        issue = {**body, "labels": labels, "number": len(self.issues) + 1, "state": "open"}
        self.issues.append(issue)
        return 201, issue

    def _listed(self, query: Any) -> list[dict[str, Any]]:
        found = [
            issue
            for issue in reversed(self.issues)
            if {"name": query["labels"][0]} in issue["labels"]
            and query["state"][0] in ("all", issue["state"])
        ]
        size, page = int(query["per_page"][0]), int(query["page"][0])
        return found[size * (page - 1) : size * page]

    def _deployment(self, method: str, parts: list[str], _: Any, body: Any) -> Answer:
        assert method == "POST"
        if not parts:
            self.deployments.append(body)
            return 201, {**body, "id": 7000 + len(self.deployments)}
        self.statuses.setdefault(parts[0], []).append(body)
        return 201, body


def _handler(github: GitHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            address = urlsplit(self.path)
            root = f"/repos/{REPOSITORY}/"
            assert address.path.startswith(root), self.path
            path = address.path.removeprefix(root)
            github.requests.append((self.command, path, body))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, answer = 401, {"message": "Bad credentials"}
            else:
                status, answer = github.answer(self.command, path, parse_qs(address.query), body)
            told = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - the names are the server's

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def standing_in() -> Iterator[GitHub]:
    """The stand-in, until the block ends."""
    github = GitHub()
    with PatientServer(("127.0.0.1", 0), _handler(github)) as server:
        github.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        try:
            yield github
        finally:
            server.shutdown()
