"""Python processes that have read their code already, and begin new runs by a fork.

A fault's run is as a person's run is: a process of its own, with its own environment, arguments and output.
Only what code costs to read, most of the time of a short run, is paid once and not with each fault: that of the
libraries with their data files, the project's modules and its page templates. No plugin is registered, no setting
read and no object made before the fork; the checks themselves and their fixtures are read by pytest, with each run.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
SUITE = ("pytest", "xdist", "playwright.async_api", "pytest_playwright.pytest_playwright", "allure_pytest.plugin",
         "boto3", "botocore.client", "httpx", "pydantic_settings", "tomllib", "jinja2", "reportlab.platypus",
         "pypdfium2", "openpyxl", "pyotp", "_pytest.pytester", "postdeploy.*",
         "postdeploy.record.writers.html:read_templates")  # fmt: skip
SANDBOX = ("uvicorn", "uvicorn.protocols.http.h11_impl", "starlette.applications", "moto.server", "moto.ecs",
           "moto.cloudwatch", "moto.logs", "moto.awslambda", "moto.rds", "moto.sqs", "moto.sns", "moto.sts",
           "moto.ec2", "sentry_sdk.utils:_get_installed_modules", "reportlab.platypus", "pypdfium2", "openpyxl",
           "pyotp", "jinja2", "httpx", "sandbox.*")  # fmt: skip
"""What each kind of process will import, `.*` with all that is below it, or call, after a colon; one that is not there
is its own process's business."""
_AWS_DATA = ("endpoints", "partitions", "_retry", "sdk-default-configuration")
_AWS_MODELS = ("sts", "ecs", "logs", "cloudwatch", "lambda", "sqs", "sns", "rds", "elbv2", "cloudformation",
               "secretsmanager", "acm")  # fmt: skip
"""botocore's own files, which each of its sessions reads and parses anew: megabytes, and the same for all."""
_STEP = 0.02
_living: set[int] = set()
"""Process groups that this process has begun and nobody has waited for."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: its code, or -9 when its time was over."""

    code: int
    said: str


class NotStarted(Exception):
    """A server ended, or stayed silent, before it could be asked for anything."""


class Warm:
    """One process that forks the runs of one module, as `python -m module` would begin them."""

    def __init__(self, module: str, libraries: Sequence[str]) -> None:
        self._module = module
        self._libraries = libraries

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__, self._module, *self._libraries],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], output: Path, seconds: float
    ) -> Ended:
        """Run to the end. Past `seconds` the process and all that it started are killed."""
        pid = self.start(arguments, environment, output)
        code = self._ask({"wait": pid, "seconds": seconds})
        return Ended(code, output.read_text(encoding="utf-8", errors="replace"))

    @contextlib.contextmanager
    def serving(
        self, arguments: Sequence[str], environment: Mapping[str, str], output: Path
    ) -> Iterator[str]:
        """A server, for as long as the block lasts; gives the first line that it prints. Raises NotStarted."""
        pid = self.start(arguments, environment, output)
        try:
            yield _first_line(pid, output, seconds=60)
        finally:
            self._ask({"end": pid})

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], output: Path) -> int:
        """Fork a process that begins the module; its id."""
        output.unlink(missing_ok=True)
        begin = {"arguments": list(arguments), "environment": dict(environment)}
        return self._ask({**begin, "output": str(output)})

    def _ask(self, request: Mapping[str, object]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, f"the warm process for {self._module} has died"
        return int(answer)


def _first_line(pid: int, output: Path, seconds: float) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not _dead(pid):
        text = output.read_text(encoding="utf-8") if output.exists() else ""
        line = next((line for line in text.splitlines() if line.startswith("{")), "")
        if line and text.endswith("\n"):
            return line
        time.sleep(_STEP)
    text = output.read_text(encoding="utf-8") if output.exists() else ""
    raise NotStarted(f"died, or said nothing for {seconds:g} s: {text}")


def _dead(pid: int) -> bool:
    """Whether the process has ended, though nobody has waited for it yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:  # no such process any more, or no /proc here
        return Path("/proc/self").exists()
    return state == "Z"


def _serve(module: str, libraries: Sequence[str]) -> None:
    for name in _modules(libraries):
        with contextlib.suppress(ImportError):
            found = pkgutil.resolve_name(name)
            if ":" in name:
                found()
    _read_aws_once()
    # What is here for good need not be gone through, and with that copied, by each child's collections.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        print(_answer(module, json.loads(line)), flush=True)
    # Whoever asked is gone, perhaps in the middle of a run.
    for pid in _living:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _read_aws_once() -> None:
    from botocore.loaders import JSONFileLoader, Loader

    read = functools.cache(JSONFileLoader().load_file)
    JSONFileLoader.load_file = lambda _, path: read(path)
    loader = Loader()
    for name in _AWS_DATA:
        loader.load_data(name)
    for name in _AWS_MODELS:
        loader.load_service_model(name, "service-2")


def _modules(libraries: Sequence[str]) -> Iterator[str]:
    for name in libraries:
        package = name.removesuffix(".*")
        if package == name:
            yield name
            continue
        for found in pkgutil.walk_packages(
            importlib.import_module(package).__path__, f"{package}."
        ):
            if not found.name.endswith("__main__"):
                yield found.name


def _answer(module: str, request: dict[str, object]) -> int:
    if "end" in request:
        return _end(int(str(request["end"])))
    if "wait" in request:
        return _wait(int(str(request["wait"])), float(str(request["seconds"])))
    pid = os.fork()
    if pid == 0:
        _become(module, request)
    _living.add(pid)
    return pid


def _end(pid: int) -> int:
    os.kill(pid, signal.SIGTERM)
    return _wait(pid, 10)


def _wait(pid: int, seconds: float) -> int:
    _living.discard(pid)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_STEP)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -signal.SIGKILL


def _become(module: str, request: dict[str, object]) -> None:
    """Be a fresh `python -m module` as far as it can tell, and never return."""
    os.setsid()
    code: object = 1
    try:
        _redirect(str(request["output"]))
        environment, arguments = request["environment"], request["arguments"]
        assert isinstance(environment, dict)
        assert isinstance(arguments, list)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _redirect(output: str) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(nothing, 0)
    os.dup2(written, 1)
    os.dup2(written, 2)


if __name__ == "__main__":
    # The folder of this file would hide nothing that is needed, and holds nothing that is wanted.
    sys.path[0] = str(ROOT)
    _serve(sys.argv[1], sys.argv[2:])
