"""Starts the stand-in: `python -m sandbox`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Sequence

from sandbox.faults.base import Fault, UnknownFaultError, find_fault, known_faults
from sandbox.pace import PACES
from sandbox.systems import QUMIS, UnknownSystemError, known, load
from sandbox.systems.faults.base import SystemFault, faults_of, find_system_fault

VERSION = "2026.11.3-4f2a9c1"


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """The command line, understood."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Serve a stand-in for a system on 127.0.0.1, with the faults that are asked for.",
    )
    parser.add_argument("--system", default=QUMIS, help="which system; qumis if none is named")
    parser.add_argument("--port", type=int, default=0, help="the first port; 0: any free ones")
    parser.add_argument(
        "--pace", choices=PACES, default=os.environ.get("SANDBOX_PACE", "instant"),
        help="how long its work takes; SANDBOX_PACE says it too",
    )  # fmt: skip
    parser.add_argument(
        "--weather", action="store_true", default=os.environ.get("SANDBOX_WEATHER") == "1",
        help="disturb the healthy product as the world does; SANDBOX_WEATHER=1 says it too",
    )  # fmt: skip
    parser.add_argument(
        "--weather-seed", type=int, metavar="N", default=os.environ.get("SANDBOX_WEATHER_SEED") or None,
        help="the same disturbances once more; SANDBOX_WEATHER_SEED says it too",
    )  # fmt: skip
    parser.add_argument("--fault", action="append", default=[], metavar="ID", help="repeatable")
    parser.add_argument("--list-faults", action="store_true")
    parser.add_argument(
        "--session-idle", type=float, metavar="SECONDS",
        default=float(os.environ.get("SANDBOX_SESSION_IDLE") or 1800),
        help="when an idle session ends; SANDBOX_SESSION_IDLE says it too",
    )  # fmt: skip
    parser.add_argument("--until-stdin-closes", action="store_true")
    parser.add_argument("--version", default=VERSION, help="the version that claims to be deployed")
    options = parser.parse_args(given)
    if options.system != QUMIS and options.weather:
        parser.error("only qumis has weather")
    if options.pace not in PACES:
        parser.error(f"SANDBOX_PACE: {options.pace!r} is none of {', '.join(PACES)}")
    return options


def fault_ids(given: list[str]) -> list[str]:
    """The faults of the command line and of SANDBOX_FAULTS, each once."""
    named = os.environ.get("SANDBOX_FAULTS", "").split(",")
    return list(dict.fromkeys([*given, *(name.strip() for name in named if name.strip())]))


async def serve(options: argparse.Namespace, faults: list[Fault]) -> None:
    """Run the stand-in until it is told to stop."""
    # Imported here, for they take a second that a listing of the faults does not need.
    from sandbox.api.app import announcement
    from sandbox.servers import Servers
    from sandbox.serving import addresses_of, bind
    from sandbox.weather import Weather
    from sandbox.world import ORIGINS, World

    stopped = asyncio.Event()
    listen_for_the_end(stopped, options.until_stdin_closes)
    sockets, aws_port = bind(options.port, ORIGINS)
    world = World(addresses_of(sockets), options.version, PACES[options.pace], options.session_idle)
    weather = Weather(seed_of(options)) if options.weather else None
    if weather is not None:
        weather.come_over(world)
    servers = Servers(world, sockets, aws_port)
    world.faults = [fault.id for fault in faults]
    for fault in faults:
        fault.apply(world)
    await servers.start()
    if world.network.offline_after == 0:
        servers.go_offline()
    print(json.dumps(announcement(world)), flush=True)
    await until(stopped, world.network.offline_after, servers.go_offline)
    await servers.stop()
    if weather is not None:
        weather.end()


async def serve_system(options: argparse.Namespace, faults: list[SystemFault]) -> None:
    """Run the stand-in of one of the smaller systems until it is told to stop."""
    from sandbox.serving import addresses_of, bind
    from sandbox.systems.servers import ENCRYPTED, SystemServers, announcement
    from sandbox.systems.world import SystemWorld

    stopped = asyncio.Event()
    listen_for_the_end(stopped, options.until_stdin_closes)
    system = load(options.system)
    sockets, aws_port = bind(options.port, system.origins)
    world = SystemWorld(system, addresses_of(sockets, ENCRYPTED), options.version)
    world.faults = [fault.id for fault in faults]
    for fault in faults:
        fault.apply(world)
    servers = SystemServers(world, sockets, aws_port)
    await servers.start()
    if world.network.offline_after == 0:
        servers.go_offline()
    print(json.dumps(announcement(world)), flush=True)
    await until(stopped, world.network.offline_after, servers.go_offline)
    await servers.stop()


def seed_of(options: argparse.Namespace) -> int:
    """The seed of the weather: the one asked for, or any."""
    asked: int | None = options.weather_seed
    return secrets.randbelow(10**6) if asked is None else asked


async def until(
    stopped: asyncio.Event,
    offline_after: float | None,
    go_offline: Callable[[], None],
) -> None:
    """Wait for the end; lose the network on the way if a fault says so."""
    if offline_after is not None:
        try:
            await asyncio.wait_for(stopped.wait(), offline_after)
        except TimeoutError:
            go_offline()
    await stopped.wait()


def listen_for_the_end(stopped: asyncio.Event, stdin_too: bool) -> None:
    """Set the event on SIGTERM, on Ctrl-C, and when stdin closes if asked for."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if stdin_too:
        threading.Thread(
            target=read_to_the_end, args=(loop, stopped), name="stdin", daemon=True
        ).start()


def read_to_the_end(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """Read stdin until it closes, then set the event."""
    # os.read, because a buffered read in a daemon thread can break the interpreter's exit.
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(stopped.set)


def main(given: Sequence[str]) -> int:
    """Run the command; 2 means that a system, a fault id or a port cannot be used."""
    options = arguments(given)
    try:
        system = known(options.system)
        if options.list_faults:
            list_faults(system)
        elif system == QUMIS:
            faults = [find_fault(name)() for name in fault_ids(options.fault)]
            asyncio.run(serve(options, faults))
        else:
            broken = [find_system_fault(system, name) for name in fault_ids(options.fault)]
            asyncio.run(serve_system(options, broken))
    except (UnknownSystemError, UnknownFaultError, OSError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    return 0


def list_faults(system: str) -> None:
    """Print the id and the title of each fault of a system."""
    listed = known_faults() if system == QUMIS else faults_of(system)
    for fault in listed:
        print(f"{fault.id:<36} {fault.title}")


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # All is closed and nothing is to be kept; an orderly exit would spend a second on freeing moto.
    os._exit(code)
