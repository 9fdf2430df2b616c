"""People beside the runs, over plain HTTP: what they put into the product, and all that they can see there."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pyotp

from fixtures.documents.samples import make_document

ROOT = Path(__file__).resolve().parents[1]
_READY_SECONDS = 30.0
OTHER_RUN = "260101-000000-0bad"
"""A run's id that no run of the bench has."""


def people() -> dict[str, tuple[str, str, str]]:
    """First name in small letters → e-mail, password, secret of the one-time codes; of everybody in the sandbox."""
    given = dict(
        line.split("=", 1)
        for line in (ROOT / "targets" / "sandbox.env").read_text(encoding="utf-8").splitlines()
        if "=" in line
    )
    found = {}
    for name, email in given.items():
        if name.endswith("_EMAIL"):
            stem = name.removesuffix("EMAIL")
            secrets = given[f"{stem}PASSWORD"], given[f"{stem}TOTP_SECRET"]
            found[email.partition(".")[0]] = (email, *secrets)
    return found


class Neighbour:
    """Somebody who is signed in and does by hand what people do."""

    def __init__(self, addresses: Mapping[str, str], name: str) -> None:
        self.name = name
        self._http = httpx.Client(timeout=30, trust_env=False)
        self._api = addresses["api"]
        self._sign_in(addresses, *people()[name])

    def _sign_in(
        self, addresses: Mapping[str, str], email: str, password: str, secret: str
    ) -> None:
        door = f"{self._api}/auth/start?return_to=/"
        form = self._http.get(door, follow_redirects=True)
        data = {"login": _login(form), "email": email, "password": password}
        form = self._http.post(f"{addresses['idp']}/authorize", data=data)
        data = {"login": _login(form), "code": pyotp.TOTP(secret).now()}
        self._http.post(f"{addresses['idp']}/verify", data=data, follow_redirects=True)

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of an answer; raises httpx.HTTPStatusError for one that is no success."""
        answer = self._http.request(method, f"{self._api}/api/v1/{path}", **more)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def upload(self, name: str, vault: str = "my") -> str:
        """The id of a document that is Ready."""
        with tempfile.TemporaryDirectory() as folder:
            content = make_document("policy", OTHER_RUN, Path(folder)).path.read_bytes()
        file = {"file": (name, content, "application/pdf")}
        made = str(self.ask("POST", "documents", files=file, data={"vault": vault})["id"])
        self._until("documents", made, "Ready")
        return made

    def report(self, document: str) -> str:
        """The id of a finished analysis."""
        wish = {"kind": "analysis", "document_ids": [document]}
        made = str(self.ask("POST", "reports", json=wish)["id"])
        self._until("reports", made, "Complete")
        return made

    def chat(self, document: str, title: str = "") -> str:
        """The id of a chat about a document, kept under a title if there is one."""
        made = str(self.ask("POST", "chats", json={"document_ids": [document]})["id"])
        if title:
            self.ask("POST", f"chats/{made}/save", json={"title": title})
        return made

    def _until(self, what: str, made: str, status: str) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while self.ask("GET", f"{what}/{made}")["status"] != status:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}/{made} did not become {status}")
            time.sleep(0.05)

    def sees(self) -> Iterator[tuple[str, str]]:
        """Everything that this person can see: kind and id, and all of it as one text."""
        lists = {
            "documents": ("documents", "documents?vault=trash"),
            "reports": ("reports",),
            "chats": ("chats?saved=any",),
        }
        for kind, paths in lists.items():
            for path in paths:
                for row in self.ask("GET", path)[kind]:
                    yield f"{kind}/{row['id']}", self._whole(kind, row)

    def _whole(self, kind: str, row: Mapping[str, Any]) -> str:
        told = self.ask("GET", f"{kind}/{row['id']}")
        if kind == "documents":
            content = self._http.get(f"{self._api}/api/v1/documents/{row['id']}/content").content
            told["content"] = hashlib.sha256(content).hexdigest()
        return json.dumps([row, told], sort_keys=True)


def _login(form: httpx.Response) -> str:
    found = re.search(r'name="login" value="([^"]+)"', form.text)
    if found is None:
        raise RuntimeError(
            f"{form.request.url} is no form of the identity provider: {form.text[:200]}"
        )
    return found[1]


def furnish(addresses: Mapping[str, str]) -> None:
    """Put there what no clean-up may touch: other people's things, and test users' own."""
    ours = f"postdeploy-{OTHER_RUN}-policy.pdf"
    mia, milo = Neighbour(addresses, "mia"), Neighbour(addresses, "milo")
    olaf = Neighbour(addresses, "olaf")
    # Milo is none of the runs' test users: whatever his things are called, they are his.
    for name in (ours, "Harbor lease.pdf"):
        document = milo.upload(name, "shared")
        milo.report(document)
        milo.chat(document)
    olaf.report(olaf.upload(ours))
    # Mia is one of them, and people have worked as her, too.
    for name in ("Police 261121-101500-4f2a notes.pdf", f"Copy of {ours}", "postdeploy notes.pdf"):
        notes = mia.upload(name)
        mia.chat(notes)
        mia.chat(notes, title=f"About {OTHER_RUN}")
        mia.report(notes)
    # Another machine's run is at work this minute: its name is old, and the thing is not.
    theirs = mia.upload(ours)
    mia.report(theirs)
    mia.chat(theirs)
    mia.ask("DELETE", f"documents/{mia.upload('In the trash.pdf')}")


def snapshot(addresses: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """All that these people can see, by kind and id."""
    return {key: text for name in names for key, text in Neighbour(addresses, name).sees()}
