"""Traces and films of a run's pages: taken and kept as pytest-playwright's options say, and told with their check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdeploy import artifacts
from postdeploy.check import Evidence
from postdeploy.recorded import is_traced
from postdeploy.sight import why_no_picture

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import BrowserContext

    from postdeploy.flow import Flow
    from postdeploy.launching import BrowserOptions
    from postdeploy.run import Run


class Recordings:
    """Those of all contexts of one process."""

    def __init__(self, run: Run, options: BrowserOptions) -> None:
        self._run = run
        self._options = options
        self._folder = run.folder / "evidence"
        self._named = 0
        """How many traces and films have a name."""

    def of(self, flow: Flow, context: BrowserContext) -> artifacts.Recording | None:
        """What becomes of a context's trace; None where there is none, or none is kept."""
        passed = flow.check.all_passed()
        if not is_traced(context) or not artifacts.keeps(self._options.tracing, passed=passed):
            return None
        return artifacts.Recording(self._folder / self._name(flow, "zip"))

    async def end(
        self, flow: Flow, context: BrowserContext, recording: artifacts.Recording | None
    ) -> None:
        """Close a context, and with it what is recorded of it. Raises OSError for a disk that takes no film."""
        passed = flow.check.all_passed()
        if recording is not None:
            await recording.end(context)
        elif is_traced(context):
            await context.tracing.stop()
        endpoint = self._options.endpoint
        films = artifacts.Films(context.pages, elsewhere=bool(endpoint and not endpoint.over_cdp))
        clean = not films or await self._shows_no_secret(context)
        await context.close()
        keep = clean and artifacts.keeps(self._options.video, passed=passed)
        for film in await films.end(self._folder, lambda: self._name(flow, "webm"), keep=keep):
            self._keep(flow, "film", film)

    async def publish(self, flow: Flow, recording: artifacts.Recording | None) -> None:
        """Write a trace beside the record, cleaned, and tell of it."""
        if recording is None:
            return
        try:
            if await recording.publish(self._run.redactor):
                self._keep(flow, "trace", recording.path)
        except OSError as error:
            self._run.note_disk(error)

    def _keep(self, flow: Flow, kind: str, path: Path) -> None:
        flow.recorded.append(Evidence(kind, kind.capitalize(), path=f"evidence/{path.name}"))

    def _name(self, flow: Flow, ending: str) -> str:
        """A name that no other attempt has: neither one of the same title nor one of another worker."""
        self._named += 1
        number = "-".join(filter(None, (self._run.worker, str(self._named))))
        return artifacts.file_name(flow.title, number, ending)

    async def _shows_no_secret(self, context: BrowserContext) -> bool:
        """Whether the pages of a context may be seen as they are now; a film of others is not kept."""
        for page in context.pages:
            if why := await why_no_picture(page, self._run.redactor):
                self._run.warn(f"a film is not kept: {why}")
                return False
        return True
