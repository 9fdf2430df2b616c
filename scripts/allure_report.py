"""Builds Allure's page from the results of a run: one file, which needs no network and calls nobody."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.steps import SetupError, last_lines, say, succeeds

ROOT = Path(__file__).resolve().parent.parent
PINNED = ROOT / "scripts" / "allure"
INSTALL_LIMIT = 600.0
BUILD_LIMIT = 300.0
OLDEST_NODE = 20

_ANALYTICS = re.compile(
    r'<script async src="https://www\.googletagmanager\.com/[^>]*></script>\s*'
    r"<script>\s*window\.dataLayer\b.*?</script>",
    re.DOTALL,
)
_STRANGERS = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=[\"']?(?:https?:)?//")
_WALL = (
    '<meta http-equiv="Content-Security-Policy" content="'
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "style-src 'unsafe-inline' data: blob:; img-src data: blob:; media-src data: blob:; "
    "font-src data: blob:; connect-src data: blob:; frame-src data: blob:; worker-src data: blob:; "
    "form-action 'none'\">"
)
"""Evidence is what products say: whatever it holds, the page loads and sends nothing."""


def main() -> int:
    """Build it; 0 when the page is there, 4 when a person has to do something first."""
    parser = argparse.ArgumentParser(prog="make allure", description=__doc__)
    parser.add_argument("run", nargs="?", default="reports/latest", help="folder of a run")
    run = Path(parser.parse_args().run)
    try:
        results = _results(run)
        page = build(results, run.resolve() / "allure-report")
    except SetupError as error:
        print(f"postdeploy: {error}", file=sys.stderr)
        return 4
    print(f"Allure: {_shown(page)}")
    return 0


def _results(run: Path) -> Path:
    found = run / "allure-results"
    if not any(found.glob("*-result.json")):
        raise SetupError(
            f"there are no Allure results in {found}. Run the checks first (make smoke), or name the"
            " folder of a run: make allure ARGS=reports/<run id>."
        )
    return found.resolve()


def build(results: Path, folder: Path) -> Path:
    """The page made from `results`, in `folder`. Raises SetupError where it cannot be built."""
    cache = ROOT / ".cache" / "build" / "allure"
    cache.mkdir(parents=True, exist_ok=True)
    program = _installed(cache)
    log = cache / "build.log"
    with tempfile.TemporaryDirectory(dir=cache) as place:
        work = Path(place)
        (work / "allurerc.json").write_text(json.dumps(_configuration()), encoding="utf-8")
        command = [
            _node(),
            str(program),
            "generate",
            "--config",
            "allurerc.json",
            "--cwd",
            str(work),
        ]
        command += ["--output", str(work / "page"), str(results)]
        log.write_bytes(b"")
        made = work / "page" / "index.html"
        if not succeeds(command, log, limit=BUILD_LIMIT) or not made.is_file():
            raise SetupError(f"Allure could not build its page:\n{last_lines(log)}")
        told = silent(made.read_text(encoding="utf-8"))
    folder.mkdir(exist_ok=True)
    fresh = folder / ".index.html"
    fresh.write_text(told, encoding="utf-8")
    return fresh.replace(folder / "index.html")


def _configuration() -> dict[str, object]:
    options = {"singleFile": True, "reportLanguage": "en", "groupBy": ["parentSuite", "suite"]}
    return {"name": "postdeploy", "plugins": {"awesome": {"options": options}}}


def silent(page: str) -> str:
    """The page without the counting of its readers that Allure puts in, and with a wall around it.

    Raises SetupError when it would load something from elsewhere all the same.
    """
    page = _ANALYTICS.sub("", page)
    if _STRANGERS.search(page) or "<head>" not in page:
        raise SetupError(
            "Allure's page would load something from elsewhere, so it was thrown away."
            " See scripts/allure/package.json for the version that does not."
        )
    return page.replace("<head>", f"<head>{_WALL}", 1)


def _installed(cache: Path) -> Path:
    """Allure's program, installed as pinned, once per change of the pins."""
    program, stamp = cache / "node_modules" / "allure" / "cli.js", cache / ".installed"
    wanted = _fingerprint(cache)
    if program.is_file() and stamp.is_file() and stamp.read_text() == wanted:
        return program
    _node()
    npm, log = shutil.which("npm"), cache / "install.log"
    if npm is None:
        raise SetupError(f"npm is not there; Allure's page needs Node {OLDEST_NODE} and npm.")
    stamp.unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(PINNED / name, cache / name)
    log.write_bytes(b"")
    say("installing Allure into .cache/build/allure (half a minute, once)")
    command = [npm, "ci", "--prefix", str(cache), "--ignore-scripts", "--no-audit", "--no-fund"]
    if not succeeds(command, log, limit=INSTALL_LIMIT):
        raise SetupError(f"Allure could not be installed:\n{last_lines(log)}")
    stamp.write_text(wanted)
    return program


def _fingerprint(cache: Path) -> str:
    """Changes with the pins, and with the folder."""
    digest = hashlib.sha256(str(cache).encode())
    for name in ("package.json", "package-lock.json"):
        digest.update((PINNED / name).read_bytes())
    return digest.hexdigest()


def _node() -> str:
    node = shutil.which("node")
    said = ""
    if node is not None:
        asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found just now
        said = asked.stdout.strip()
    number = re.match(r"v(\d+)\.", said)
    if node is None or number is None or int(number[1]) < OLDEST_NODE:
        found = said or "there is none"
        raise SetupError(f"Allure's page is built with Node {OLDEST_NODE} or newer ({found}).")
    return node


def _shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


if __name__ == "__main__":
    sys.exit(main())
