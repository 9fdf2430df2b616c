"""A copy of the demo project, and runs of pytest in it as a person would start them."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from selftests.plugin.product import Product

DEMO = Path(__file__).parent / "demo"
TOKEN = 's3cr3t/t0k+en&"demo'
_PLUGINS = ["-p", "no:hypothesispytest"]
_SECONDS = 120


@dataclass
class Finished:
    """What a run left behind."""

    code: int
    out: str
    folder: Path

    @cached_property
    def record(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / "record.json").read_text())
        return read

    @cached_property
    def items(self) -> dict[str, dict[str, Any]]:
        return {item["id"]: item for row in self.record["rows"] for item in row["items"]}

    @property
    def outcomes(self) -> dict[str, str]:
        return {name: str(item["outcome"]) for name, item in self.items.items()}

    def course(self, item: str) -> list[str]:
        """Outcomes of the attempts at an item."""
        return [attempt["outcome"] for attempt in self.items[item]["attempts"]]


@dataclass
class Project:
    """A project of its own for one test; its checks look at `product`."""

    root: Path
    product: Product
    environment: dict[str, str] = field(default_factory=lambda: {"DEMO_SANDBOX_TOKEN": TOKEN})

    @classmethod
    def copy(cls, root: Path, product: Product, addresses: dict[str, str]) -> Project:
        shutil.copytree(DEMO, root, ignore=shutil.ignore_patterns("__pycache__"))
        project = cls(root, product)
        # Its runs know of each other, and of no others on this machine.
        project.environment["XDG_STATE_HOME"] = str(root.parent / "state")
        for name, url in addresses.items():
            project.edit("targets/demo.toml", f"@{name}@", url)
        return project

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        file = self.root / path
        text = file.read_text()
        assert old in text, f"{path} has no {old!r}"
        file.write_text(text.replace(old, new))

    @property
    def reports(self) -> list[Path]:
        """Folders of the runs so far."""
        return [p for p in (self.root / "reports").glob("*") if not p.is_symlink()]

    def run(self, *arguments: str) -> Finished:
        """Run to the end."""
        return self.end(self.start(*arguments))

    def start(
        self, *arguments: str, background: bool = False, file_bytes: int = 0
    ) -> subprocess.Popen[str]:
        """Start a run; its output goes to one pipe. Shells start what is in the background deaf to Ctrl-C.

        With `file_bytes` no file may become larger: to who writes it, the disk is full.
        """
        ctrl_c = signal.SIG_IGN if background else signal.SIG_DFL

        def prepare() -> None:
            signal.signal(signal.SIGINT, ctrl_c)
            if file_bytes:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *_PLUGINS, *arguments],
            cwd=self.root,
            env=clean_environment() | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=prepare,
        )

    def cleanup(self, *arguments: str) -> tuple[int, str]:
        """`postdeploy cleanup` by hand; its exit code and what it printed."""
        return self.command("cleanup", "--system", "demo", *arguments)

    def command(self, *arguments: str) -> tuple[int, str]:
        """The `postdeploy` command by hand; its exit code and what it printed."""
        command = "import sys; from postdeploy.cli import main; sys.exit(main())"
        done = subprocess.run(
            [sys.executable, "-c", command, *arguments],
            cwd=self.root,
            env=clean_environment() | self.environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def until_it_hangs(self, process: subprocess.Popen[str]) -> None:
        """Wait until a check waits for the product; a run that ends before is shown."""
        while not self.product.arrived.wait(0.2):
            assert process.poll() is None, process.communicate()[0]
        self.product.arrived.clear()

    def end(self, process: subprocess.Popen[str]) -> Finished:
        """Wait for the end."""
        try:
            out, _ = process.communicate(timeout=_SECONDS)
        finally:
            process.kill()
        return Finished(process.returncode, out, self.root / "reports" / "latest")


def clean_environment() -> dict[str, str]:
    """The surroundings, without what would steer a run or slow it down."""
    steering = ("POSTDEPLOY_", "PYTEST_", "DEMO_", "GITHUB_", "COV_")
    others = {"CI", "PYTHONDONTWRITEBYTECODE", "COLUMNS"}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(steering) and k not in others}
    return {**kept, "COLUMNS": "200"}
