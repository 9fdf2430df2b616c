"""Serves a system: its applications, its announcement, its certificate."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.certificates import Authority
from sandbox.serving import Serving

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from sandbox.systems.world import SystemWorld

ENCRYPTED = ("secure",)


class SystemServers(Serving):
    """Starts and stops everything that listens for a system."""

    def __init__(
        self, world: SystemWorld, sockets: dict[str, socket.socket], aws_port: int
    ) -> None:
        super().__init__(world, sockets, aws_port)
        self._world = world
        self._folder: Path | None = None

    async def start(self) -> None:
        """Answer on every origin, encrypted where the system is."""
        if any(origin in ENCRYPTED for origin in self._world.system.origins):
            self._folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
            self._write_certificates(self._folder)
        await super().start()

    async def stop(self) -> None:
        """Close everything and leave nothing behind."""
        await super().stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def applications(self) -> dict[str, ASGIApp]:
        """The application of each origin but AWS, which serves itself."""
        return {"control": control(self._world), **self._world.system.applications(self._world)}

    def options(self, name: str) -> dict[str, Any]:
        """The certificate, at an encrypted origin."""
        if name not in ENCRYPTED or self._folder is None:
            return {}
        return {
            "ssl_certfile": self._folder / "certificate.pem",
            "ssl_keyfile": self._folder / "key.pem",
        }

    def _write_certificates(self, folder: Path) -> None:
        shown = self._world.certificate
        known = Authority("Sandbox Authority")
        signing = known if shown.by_the_known_authority else Authority("Somebody Else")
        leaf = signing.issue(shown.hosts, shown.days)
        for name, content in (
            ("authority.pem", known.certificate),
            ("certificate.pem", leaf.certificate),
            ("key.pem", leaf.key),
        ):
            (folder / name).write_bytes(content)
        self._world.ca_file = str(folder / "authority.pem")


def control(world: SystemWorld) -> ASGIApp:
    """The announcement for those who come later, and an answer that proves the network."""

    async def nothing(_: Request) -> Response:
        return Response(status_code=204)

    async def addresses(_: Request) -> Response:
        return JSONResponse(announcement(world))

    return Starlette(routes=[Route("/", nothing), Route("/addresses.json", addresses)])


def announcement(world: SystemWorld) -> dict[str, Any]:
    """Where everything is, and what was started."""
    told = {
        **world.addresses,
        "system": world.system.name,
        "pid": os.getpid(),
        "faults": world.faults,
        "version": world.version,
    }
    return {**told, "ca_file": world.ca_file} if world.ca_file else told
