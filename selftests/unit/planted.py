"""Secrets of each kind, spelled in each way, and files of each kind of artifact that can hold them."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import openpyxl
from PIL import Image, PngImagePlugin
from reportlab.pdfgen.canvas import Canvas

from postdeploy.redact import CODE_SECRET, Redactor

SECRETS = {
    "password of member 1": "Correct/Horse+7 'n' <Battery>&é",
    f"{CODE_SECRET} of member 1": "JBSWY3DPEHPK3PXPJBSWY3DPEH",
    "secret SENTRY_TOKEN": "sntrys_4f1c9e7ab2d84f6693c0",
    "AWS secret access key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzzKEYzzKEY",
    "AWS session token": "FwoGZXIvYXdzEBYaDH7" * 6 + "/+==",
    "cookie app_session": "3f9a1c77b0de4e52.9b1d7c44e8f20a6617c3",
    "bearer token": "tok-9f8e7d6c5b4a39281706f5e4d3c2b1a0",
}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "URL": lambda value: quote(value, safe=""),
    "URL, twice": lambda value: quote(quote(value)),
    "base64 of user:secret": lambda value: base64.b64encode(f"mia:{value}".encode()).decode(),
    "base64url": lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
    "JSON, nested": lambda value: json.dumps(json.dumps({"p": value})),
    "HTML": html.escape,
    "hex": lambda value: value.encode().hex(),
    "unicode escapes": lambda value: "".join(f"\\u{ord(sign):04x}" for sign in value),
    "wrapped": lambda value: f"{value[:11]}\n      {value[11:]}",
    "cut": lambda value: f"{value[:20]}...",
    "gzip in base64": lambda value: base64.b64encode(
        gzip.compress(f"a body with {value} in it".encode())
    ).decode(),
}


def redactor() -> Redactor:
    """One that knows all of them."""
    knowing = Redactor()
    knowing.learn_all(SECRETS.items())
    return knowing


def _json(text: str) -> bytes:
    return json.dumps({"kind": "warning", "text": f"seen: {text}"}).encode() + b"\n"


def _plain(text: str) -> bytes:
    return f"12:00:01 something was said: {text}\n".encode()


def _junit(text: str) -> bytes:
    return f'<testsuite><testcase name="a"><failure>{escape(text)}</failure></testcase></testsuite>'.encode()


def _page(text: str) -> bytes:
    return f"<!doctype html><p>{html.escape(text)}</p>".encode()


def _data_uri(text: str) -> bytes:
    inner = base64.b64encode(_page(text)).decode()
    return f'<iframe src="data:text/html;base64,{inner}"></iframe>'.encode()


def _har(text: str) -> bytes:
    body = base64.b64encode(gzip.compress(_page(text))).decode()
    entry = {"response": {"content": {"text": body, "encoding": "base64"}}}
    return json.dumps({"log": {"entries": [entry]}}).encode()


def _har_deflated(text: str) -> bytes:
    body = base64.b64encode(zlib.compress(_page(text))).decode()
    return json.dumps({"log": {"entries": [{"request": {"postData": {"text": body}}}]}}).encode()


def _zip(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def _trace(text: str) -> bytes:
    return _zip(("trace.network", _json(text)), ("resources/1.json", b"{}"))


def _trace_body(text: str) -> bytes:
    return _zip(("trace.network", b"{}"), ("resources/1.html", _page(text)))


def _tar(text: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("kept.log")
        member.size = len(_plain(text))
        archive.addfile(member, io.BytesIO(_plain(text)))
    return packed.getvalue()


def _picture(kind: str, text: str) -> bytes:
    picture = io.BytesIO()
    image = Image.new("RGB", (8, 8), "white")
    if kind == "JPEG":
        image.save(picture, kind, comment=text.encode())
        return picture.getvalue()
    info = PngImagePlugin.PngInfo()
    if kind == "zTXt":
        info.add_text("Comment", text.encode("latin-1", "replace"), zip=True)
    else:
        info.add_itxt("Comment", text, zip=True)
    image.save(picture, "PNG", pnginfo=info)
    return picture.getvalue()


def _workbook(text: str) -> bytes:
    book, packed = openpyxl.Workbook(), io.BytesIO()
    book.create_sheet("kept")["A1"] = f"seen: {text}"
    book.save(packed)
    return packed.getvalue()


def _document(text: str) -> bytes:
    packed = io.BytesIO()
    canvas = Canvas(packed)
    for number, line in enumerate(text.splitlines()):
        canvas.setFont("Helvetica", 4)
        canvas.drawString(10, 800 - 12 * number, line)
    canvas.save()
    return packed.getvalue()


ARTIFACTS: dict[str, Callable[[str], bytes]] = {
    "journal.jsonl": _json,
    "run.log": _plain,
    "sandbox.log": _plain,
    "record.json": _json,
    "record.md": _plain,
    "record.html": _page,
    "report.html": _data_uri,
    "junit.xml": _junit,
    "allure-results/1-result.json": _json,
    "allure-results/1-attachment.attach": _plain,
    "evidence/1.txt": _plain,
    "evidence/1.har": _har,
    "evidence/2.har": _har_deflated,
    "evidence/1-trace.zip": _trace,
    "evidence/2-trace.zip": _trace_body,
    "evidence/zips.zip": lambda text: _zip(("inner.zip", _trace(text))),
    "evidence/log.gz": lambda text: gzip.compress(_plain(text)),
    "evidence/log.tar.gz": _tar,
    "evidence/1.jpg": lambda text: _picture("JPEG", text),
    "evidence/1.png": lambda text: _picture("zTXt", text),
    "evidence/2.png": lambda text: _picture("iTXt", text),
    "evidence/1.webm": lambda text: b"\x1aE\xdf\xa3\x9fB\x86\x81\x01" + text.encode() + b"\0\xff",
    "evidence/export.xlsx": _workbook,
    "evidence/export.pdf": _document,
}
INNOCENT = "nothing that is worth a word, but 12 figures: 482 913"


def plant(folder: Path, artifact: str, text: str) -> Path:
    """Write that artifact with the text in it."""
    path = folder / artifact
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ARTIFACTS[artifact](text))
    return path
