"""Allure's page is built from pins without addresses, and neither loads nor tells anything to anybody."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.allure_report import PINNED, silent
from scripts.steps import SetupError

ROOT = Path(__file__).resolve().parents[2]
HOST = ".".join(("www", "googletagmanager", "com"))
COUNTING = (
    f'<script async src="https://{HOST}/gtag/js?id=G-1"></script>\n'
    "<script>\n  window.dataLayer = window.dataLayer || [];\n gtag('config', 'G-1');\n</script>"
)


def test_readers_are_not_counted_and_there_is_a_wall() -> None:
    page = silent(f"<html><head><title>x</title></head><body>{COUNTING}<p>kept</p></body></html>")
    assert "googletagmanager" not in page
    assert "<p>kept</p>" in page
    assert page.index("Content-Security-Policy") < page.index("<title>")
    assert "default-src 'none'" in page


@pytest.mark.parametrize(
    "strange",
    [
        '<script src="//elsewhere.invalid/a.js"></script>',
        '<link rel="stylesheet" href="https://elsewhere.invalid/a.css">',
        COUNTING.replace("window.dataLayer", "self.layer"),
    ],
)
def test_a_page_that_would_load_something_is_thrown_away(strange: str) -> None:
    with pytest.raises(SetupError, match="would load something from elsewhere"):
        silent(f"<html><head></head><body>{strange}</body></html>")


def test_every_package_is_pinned_by_a_digest_and_none_by_an_address() -> None:
    wanted = json.loads((PINNED / "package.json").read_text())["dependencies"]
    locked = json.loads((PINNED / "package-lock.json").read_text())["packages"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert locked[""]["dependencies"] == wanted
    packages = [one for name, one in locked.items() if name]
    assert len(packages) > 50
    assert [one for one in packages if not one["integrity"].startswith("sha512-")] == []
    assert [one for one in packages if "resolved" in one] == []


def test_nothing_to_build_from_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.allure_report", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("postdeploy: there are no Allure results in ")
    assert "make smoke" in done.stderr
