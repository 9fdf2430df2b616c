"""A sandbox that somebody has worked in: documents, a report of each kind, and a chat that was kept."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pyotp

from fixtures.documents.facts import Kind, facts_for
from fixtures.documents.pdf import render

ROOT = Path(__file__).resolve().parents[2]
MIA = {"email": "mia.member@harbor.example", "password": "Mia-sandbox-2026"}
TOTP = base64.b32encode(b"miamiamiamiamiam").decode()
REPORTS: tuple[Mapping[str, Any], ...] = (
    {"kind": "analysis"},
    {"kind": "comparison"},
    {"kind": "coverage", "claim": "A visitor slipped on a wet floor."},
    {"kind": "checklist"},
    {"kind": "custom", "template": "Renewal Summary"},
)
_SECONDS = 30


@contextlib.contextmanager
def sandbox(*faults: str) -> Iterator[Mapping[str, str]]:
    """A sandbox process with these faults, for as long as the block lasts; gives its announcement."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--until-stdin-closes"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "SANDBOX_FAULTS": ",".join(faults)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=30)


def live_in(announced: Mapping[str, str]) -> None:
    """Leave something of everything behind, as Mia."""
    with httpx.Client(base_url=announced["api"], trust_env=False, timeout=_SECONDS) as client:
        client.headers["Authorization"] = f"Bearer {_session(announced)}"
        policy, binder, gone = (
            _document(client, kind) for kind in ("policy", "binder", "contract")
        )
        client.delete(f"/api/v1/documents/{gone}").raise_for_status()
        _document(client, "policy", "shared")
        for wish in REPORTS:
            ids = [policy, binder] if wish["kind"] == "comparison" else [policy]
            made = client.post("/api/v1/reports", json={**wish, "document_ids": ids})
            _until(client, f"/api/v1/reports/{made.raise_for_status().json()['id']}", "Complete")
        _chat(client, policy)


def _session(announced: Mapping[str, str]) -> str:
    idp = announced["idp"]
    with httpx.Client(follow_redirects=True, trust_env=False, timeout=_SECONDS) as client:
        form = client.get(f"{announced['api']}/auth/start", params={"return_to": "/"}).text
        login = {"login": re.findall(r'name="login" value="([^"]+)"', form)[0]}
        client.post(f"{idp}/authorize", data={**login, **MIA}).raise_for_status()
        code = {"code": pyotp.TOTP(TOTP).now()}
        client.post(f"{idp}/verify", data={**login, **code}).raise_for_status()
        return str(next(c.value for c in client.cookies.jar if c.name == "qumis_session"))


def _document(client: httpx.Client, kind: Kind, vault: str = "my") -> str:
    file = {"file": (f"{kind}.pdf", render(facts_for(kind, "lived-in")), "application/pdf")}
    answer = client.post("/api/v1/documents", files=file, data={"vault": vault})
    document_id = str(answer.raise_for_status().json()["id"])
    _until(client, f"/api/v1/documents/{document_id}", "Ready")
    return document_id


def _chat(client: httpx.Client, document_id: str) -> None:
    made = client.post("/api/v1/chats", json={"document_ids": [document_id]}).raise_for_status()
    path = f"/api/v1/chats/{made.json()['id']}"
    question = {"text": "What is the general aggregate?"}
    client.post(f"{path}/messages", json=question).raise_for_status()
    client.post(f"{path}/save", json={"title": "The aggregate"}).raise_for_status()


def _until(client: httpx.Client, path: str, status: str) -> None:
    end = time.monotonic() + _SECONDS
    seen = ""
    while time.monotonic() < end:
        seen = client.get(path).raise_for_status().json()["status"]
        if seen == status:
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} is {seen}, not {status}")
